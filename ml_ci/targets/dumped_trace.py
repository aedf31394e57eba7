"""A dump in our own form: a trace folder that a device, or somebody earlier, wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ml_ci.errors import UserError
from ml_ci.rung import Recorded
from ml_ci.trace import FLOATS, HASHED, Trace, TraceHeader, TraceWriter


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
    """Reason by image name."""
    problems: tuple[str, ...]
    """What could not be used, in a sentence each."""
    created: str | None
    """When the device recorded it, ISO 8601; None where the dump does not tell."""


def read_dump(
    folder: Path, out: Path, header: TraceHeader, golden: Golden, reference: Trace | None = None
) -> DumpResult:
    """Write the trace of the dump in ``folder`` to ``out``, and say what could not be used.

    Target and receipt are those of ``header``, environment and date the dump's own. Of pixels with
    the hash that the ``reference`` has, only this hash is kept.
    """
    problems: list[str] = []
    failures: dict[str, str] = {}
    trace = _opened(folder, problems)
    created = None if trace is None else trace.header.created or None
    environment = {} if trace is None else trace.environment
    found = replace(header, environment=environment, created=created or header.created)
    with TraceWriter(out, found, keep=FLOATS | HASHED) as writer:
        for image in golden.images:
            rungs, failure = _image(trace, image)
            rungs = _without_known_pixels(image, rungs, reference)
            if failure is not None:
                failures[image] = failure
            writer.add(image, rungs, failure=failure)
    if trace is not None:
        unknown = [image for image in trace.images if image not in set(golden.images)]
        problems += [f"{folder}: {image} is not in the golden set" for image in unknown[:10]]
    return DumpResult(
        images=len(golden.images), failures=failures, problems=tuple(problems), created=created
    )


def _opened(folder: Path, problems: list[str]) -> Trace | None:
    try:
        return Trace.open(folder)
    except UserError as error:
        problems.append(f"{error.where}: {error.what}")
        return None


def _image(trace: Trace | None, image: str) -> tuple[dict[str, Recorded], str | None]:
    if trace is None:
        return {}, "there is no dump that can be read"
    if image not in trace.images:
        return {}, "the dump has no trace of it"
    try:
        rungs = {
            step: Recorded(rung=rung, array=trace.array(image, step))
            for step, rung in trace.rungs(image).items()
        }
    except UserError as error:
        return {}, f"{error.where}: {error.what}"
    return rungs, trace.failures.get(image)


def _without_known_pixels(
    image: str, rungs: dict[str, Recorded], reference: Trace | None
) -> dict[str, Recorded]:
    if reference is None or image not in reference.images:
        return rungs
    ours = reference.rungs(image)
    known = [
        step
        for step in HASHED & rungs.keys() & ours.keys()
        if ours[step].sha256 == rungs[step].rung.sha256
    ]
    return rungs | {step: Recorded(rung=rungs[step].rung) for step in known}
