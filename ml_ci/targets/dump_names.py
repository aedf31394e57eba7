"""A name in a dump: which golden image it is about, and what it holds of it.

Files and keys of an .npz are named alike: ``<image>.<step>`` or ``<image>/<step>``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ml_ci.steps import LADDER
from ml_ci.targets.dump_problems import DumpError

MODE = "mode"
"""The decoder's name for the pixels of `decoded`."""
FAILURE = "failure"
"""Why the device has no more of this image."""
STEPS = tuple(step.name for step in LADDER)
PARTS = (*STEPS, MODE, FAILURE)

_LAST_PART = re.compile(r"(?P<image>.+)[./](?P<part>[^./]+)", re.DOTALL)
_SIMILAR = 0.45  # `prob` is meant to be `probabilities`, `input` is meant to be nothing we know
_SHOWN = 40  # characters of a name that nobody here gave


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that a dump has of one image."""

    image: str
    """The golden set's name of it."""
    name: str
    """One of PARTS."""


class Names:
    """Understands names, given those of the golden set."""

    def __init__(self, golden: Iterable[str]) -> None:
        self._golden = frozenset(golden)
        self._of_stem: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._golden):
            self._of_stem[str(PurePosixPath(name).with_suffix(""))].append(name)

    def part(self, written: str, *, image: str | None = None) -> Part:
        """What ``written``, a path or key without `.npy`, stands for.

        Inside the archive of one ``image`` a step alone will do. Raises DumpError.
        """
        if image is not None and written in PARTS:
            return Part(image=image, name=written)
        if self.is_image(written):
            raise DumpError(
                "its name has an image, but no step", fix="call it `<image>.<step>.npy`"
            )
        found = _LAST_PART.fullmatch(written)
        name = written if found is None else found["part"]
        if name not in PARTS:
            raise _unknown_step(name)
        if found is None:
            raise DumpError("its name has a step, but no image", fix="call it `<image>.<step>.npy`")
        return Part(image=self.image(found["image"]), name=name)

    def image(self, written: str) -> str:
        """The golden image of this name, or the only one with this stem. Raises DumpError."""
        written = unicodedata.normalize("NFC", written)  # as macOS does not write it
        if written in self._golden:
            return written
        candidates = self._of_stem.get(written, [])
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            shown = " or ".join(candidates)
            raise DumpError(f"it may be of {shown}", fix="write the image's whole name")
        raise no_such_image()

    def is_image(self, written: str) -> bool:
        """Whether it names one golden image and nothing else."""
        try:
            self.image(written)
        except DumpError:
            return False
        return True


def no_such_image() -> DumpError:
    """What is said of an image that is not compared."""
    return DumpError(
        "the golden set has no such image",
        fix="name it after a `file` of data/golden/golden.csv, or remove it",
    )


def _unknown_step(name: str) -> DumpError:
    similar = difflib.get_close_matches(name, PARTS, n=1, cutoff=_SIMILAR)
    meant = f"did you mean `{similar[0]}`? " if similar else ""
    return DumpError(
        f"{name[:_SHOWN]!r} is no step",
        fix=f"{meant}the steps are {', '.join(STEPS)}",
    )
