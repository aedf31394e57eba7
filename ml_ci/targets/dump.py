"""A dump: what a device wrote, turned into a trace that can be compared.

It is one of our own trace folders, or files made by whoever has ``np.save``; docs/device.md says
how they are named. Nothing in it is believed. What cannot be used becomes a sentence and its image
a failure; the rest is recorded, with one image in memory at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

from ml_ci.artifacts.bounds import ENTRIES
from ml_ci.errors import UserError
from ml_ci.progress import tracked
from ml_ci.rung import Recorded
from ml_ci.steps import RECEIVED
from ml_ci.targets.dump_files import ENVIRONMENT_FILE, Archives, list_dump
from ml_ci.targets.dump_image import DumpedImage, FilesSource
from ml_ci.targets.dump_names import Names, no_such_image
from ml_ci.targets.dump_problems import DumpError, Problems
from ml_ci.targets.dump_trace import AGAIN, TraceSource
from ml_ci.trace.layout import FLOATS, HASHED, TRACE_FILE, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

KEPT = FLOATS | HASHED
CREATED = "created"
"""The entry of environment.json that says when the device began, ISO 8601."""
_MOST_ENVIRONMENT_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class Golden:
    """What the names and numbers in a dump are about."""

    images: Sequence[str]
    """In the order in which they are recorded."""
    class_names: tuple[str, ...]
    """The model's, in the order of its logits."""


@dataclass(frozen=True, kw_only=True)
class DumpResult:
    """What was found; every golden image stands in the trace, recorded or failed."""

    images: int
    failures: dict[str, str]
    """Why an image is not complete, by image; the rungs that could be used are in the trace."""
    problems: tuple[str, ...]
    """A sentence each: where something lies that cannot be used, what it is, how to fix it."""
    created: str | None
    """When the device recorded it, ISO 8601; None where the dump does not tell."""


@dataclass(frozen=True, kw_only=True)
class _Device:
    """What a dump says about its own making."""

    environment: dict[str, str] = field(default_factory=dict)
    created: str | None = None
    entry: str = RECEIVED.name
    """The rung it was given."""

    @classmethod
    def of(cls, environment: dict[str, str], created: str, entry: str = RECEIVED.name) -> _Device:
        """As much of it as a report takes; ``created`` only when it is a date."""
        told = dict(islice(environment.items(), ENTRIES))
        return cls(environment=told, created=_date(created), entry=entry)


class _ImageSource(Protocol):
    def read(self, image: str) -> DumpedImage:
        """Everything about one golden image."""


def read_dump(
    folder: Path, out: Path, header: TraceHeader, golden: Golden, reference: Trace | None = None
) -> DumpResult:
    """Write the trace of the dump in ``folder`` to ``out``, and say what could not be used.

    Target and receipt are those of ``header``; environment, date and entry the dump's own where it
    has them. Of pixels with the hash that the ``reference`` has, only this hash is kept. Where the
    folder is missing or empty every image has failed.
    """
    problems = Problems()
    failures: dict[str, str] = {}
    with _opened(folder, golden, problems) as (source, device):
        found = replace(
            header,
            environment=device.environment,
            created=device.created or header.created,
            entry=device.entry,
        )
        with TraceWriter(out, found, keep=KEPT) as trace:
            for image in tracked(golden.images, f"reading {folder}"):
                dumped = source.read(image)
                rungs = _without_known_pixels(image, dumped.rungs, reference)
                trace.add(image, rungs, failure=dumped.failure)
                if dumped.failure is not None:
                    failures[image] = dumped.failure
    return DumpResult(
        images=len(golden.images),
        failures=failures,
        problems=problems.sentences(),
        created=device.created,
    )


@contextmanager
def _opened(
    folder: Path, golden: Golden, problems: Problems
) -> Iterator[tuple[_ImageSource, _Device]]:
    """The dump in whichever form it has."""
    if (folder / TRACE_FILE).is_file():
        yield _trace(folder, golden, problems)
        return
    listing = list_dump(folder, Names(golden.images), problems)
    if not listing and not problems.sentences():
        nothing = DumpError("there is no dump", fix="put there what the device wrote")
        problems.add(str(folder), nothing)
    with Archives() as archives:
        source = FilesSource(listing, archives, golden.class_names, problems)
        yield source, _device(folder / ENVIRONMENT_FILE, problems)


def _trace(folder: Path, golden: Golden, problems: Problems) -> tuple[_ImageSource, _Device]:
    """Our own form."""
    try:
        trace = Trace.open(folder)
    except UserError as error:
        problems.add(error.where, DumpError(error.what, fix=AGAIN))
        return FilesSource({}, Archives(), golden.class_names, problems), _Device()
    known = frozenset(golden.images)
    for image in trace.images:
        if image not in known:
            problems.add(f"{folder / TRACE_FILE} (`{image}`)", no_such_image())
    device = _Device.of(trace.environment, trace.header.created, trace.header.entry)
    return TraceSource(trace, problems), device


def _device(path: Path, problems: Problems) -> _Device:
    """What environment.json says; nothing when there is none or it cannot be used."""
    try:
        if path.stat().st_size > _MOST_ENVIRONMENT_BYTES:
            raise ValueError(f"it has more than {_MOST_ENVIRONMENT_BYTES} bytes")
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
        if not isinstance(document, dict):
            raise ValueError("it is no JSON object")
        values = {name: _value(name, value) for name, value in document.items()}
    except FileNotFoundError:
        return _Device()
    except (OSError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        problem = DumpError(f"it cannot be used: {said}", fix='write {"name": "value", …}')
        problems.add(str(path), problem)
        return _Device()
    created = values.pop(CREATED, "")
    return _Device.of(values, created)


def _value(name: str, value: object) -> str:
    """A version given as a number is one too. Raises ValueError for lists and objects."""
    if isinstance(value, dict | list):
        raise ValueError(f"{name[:40]!r} is no text")
    return str(value)


def _date(text: str) -> str | None:
    """The text when it is a date in ISO 8601."""
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return None


def _without_known_pixels(
    image: str, rungs: dict[str, Recorded], reference: Trace | None
) -> dict[str, Recorded]:
    """Pixels that the reference has too are known by their hash."""
    if reference is None or image not in reference:
        return rungs
    ours = reference.rungs(image)
    known = {
        step
        for step in HASHED & rungs.keys() & ours.keys()
        if ours[step].sha256 == rungs[step].rung.sha256
    }
    return rungs | {step: Recorded(rung=rungs[step].rung) for step in known}
