"""The verdict on one target in a sentence of plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.parity.result import StepResult, Verdict
from ml_ci.steps import LADDER

_NAMES = [step.name for step in LADDER]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Images of one comparison."""

    golden: int
    agreeing: int
    failures: int
    unexplained: int


def sentence(
    verdict: Verdict, steps: Sequence[StepResult], counts: Counts, apart: str | None
) -> str:
    """What to read first; ``apart`` is the rung where images part that no step explains."""
    if verdict == "differs":
        text = _parted(steps, counts)
    elif verdict == "unexplained":
        text = (
            f"they end up apart from {apart} on, on {counts.unexplained} of {counts.golden} images,"
            " although no step that could be measured is to blame"
        )
    elif verdict == "incomplete":
        return f"only {counts.agreeing} of {counts.golden} images could be compared"
    else:
        where = _where(steps)
        return f"training and serving agree on {counts.agreeing} of {counts.golden} images, {where}"
    return text + (f"; {counts.failures} more could not be compared" if counts.failures else "")


def segment_start(step: StepResult) -> str | None:
    """The last rung known below a step, where that is not the one right below it; else None."""
    if step.since not in _NAMES or step.step not in _NAMES:
        return None
    apart = _NAMES.index(step.step) - _NAMES.index(step.since)
    return step.since if apart > 1 else None


def place(step: StepResult) -> str:
    """`at resized`, or `between received and probabilities` where nothing in between is known."""
    start = segment_start(step)
    return f"at {step.step}" if start is None else f"between {start} and {step.step}"


def _parted(steps: Sequence[StepResult], counts: Counts) -> str:
    faulty = [step for step in steps if step.images]
    first = faulty[0]
    text = f"they part {place(first)} on {first.images} of {counts.golden} images"
    others = [f"{place(step)} on {step.images}" for step in faulty[1:]]
    return text + (f"; on their own also {', '.join(others)}" if others else "")


def _where(steps: Sequence[StepResult]) -> str:
    compared = [step.step for step in steps if step.compared]
    if len(compared) == len(LADDER):
        return "compared on every rung"
    return f"compared at {', '.join(compared)}"
