"""One image of a dump: its rungs, and why it is not complete."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml_ci.rung import Array, Recorded, record_array, record_bytes, record_text
from ml_ci.steps import DECODED, LABEL, LADDER, RECEIVED
from ml_ci.targets.dump_array import (
    MOST_BYTES,
    check_size,
    file_bytes,
    label,
    numbers,
    read_npy,
    text,
    text_of,
)
from ml_ci.targets.dump_files import NPY, TEXT, Archives, Held, Place
from ml_ci.targets.dump_names import FAILURE, MODE
from ml_ci.targets.dump_problems import DumpError, Problems

NOTHING = "the dump has nothing of it"
_MOST_TEXT_BYTES = 2**16


@dataclass(frozen=True, kw_only=True)
class DumpedImage:
    """What a dump has of one image."""

    rungs: dict[str, Recorded]
    """Those that could be used, in the order of the ladder."""
    failure: str | None
    """Why it is not complete; None when all that was there could be used."""


class FilesSource:
    """Reads the images of a dump of loose files and archives; what is unusable is a problem."""

    def __init__(
        self,
        listing: dict[str, Held],
        archives: Archives,
        class_names: tuple[str, ...],
        problems: Problems,
    ) -> None:
        self._listing = listing
        self._archives = archives
        self._class_names = class_names
        self._problems = problems

    def read(self, image: str) -> DumpedImage:
        """Everything about one golden image."""
        held = self._listing.get(image, Held(refused=[NOTHING]))
        reasons = list(held.refused)
        texts: dict[str, str] = {}
        rungs: dict[str, Recorded] = {}
        for name in (MODE, FAILURE, *(step.name for step in LADDER)):
            place = held.parts.get(name)
            if place is None:
                continue
            try:
                if name in (MODE, FAILURE):
                    texts[name] = _as_text(self._content(place))
                else:
                    mode = texts.get(MODE) if name == DECODED.name else None
                    rungs[name] = self._rung(name, self._content(place), mode)
            except DumpError as problem:
                self._problems.add(str(place), problem)
                reasons.append(f"`{name}`: {problem.what}")
        if FAILURE in texts:
            reasons.insert(0, f"the device failed: {texts[FAILURE]}")
        return DumpedImage(rungs=rungs, failure="; ".join(reasons) or None)

    def _content(self, place: Place) -> Array | bytes:
        with self._archives.opened(place) as (stream, size):
            if place.kind == NPY:
                return read_npy(stream, size)
            check_size(size, _MOST_TEXT_BYTES if place.kind == TEXT else MOST_BYTES)
            return stream.read()

    def _rung(self, step: str, content: Array | bytes, mode: str | None) -> Recorded:
        if step == RECEIVED.name:
            return _received(content if isinstance(content, bytes) else file_bytes(content))
        if step == LABEL.name:
            if isinstance(content, bytes):
                return record_text(text_of(content))
            return record_text(label(content, self._class_names))
        if isinstance(content, bytes):
            raise RuntimeError(f"the listing took raw bytes for `{step}`")
        return record_array(numbers(step, content), text=mode)


def _received(content: bytes) -> Recorded:
    """With the bytes themselves, which say what happened to them on their way."""
    return Recorded(rung=record_bytes(content).rung, array=np.frombuffer(content, np.uint8))


def _as_text(content: Array | bytes) -> str:
    return text_of(content) if isinstance(content, bytes) else text(content)
