"""From the images' marks to one verdict and one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.parity.result import Failure, ImageResult, ParityResult, RungResult, StepResult, Verdict
from ml_ci.steps import LADDER


def judge(
    *, target: str, golden: int, images: Sequence[ImageResult], failures: Sequence[Failure]
) -> ParityResult:
    """The verdict over all images.

    A difference anywhere is `differs`; otherwise anything that could not be compared is
    `incomplete`, which is never a pass; so is a comparison without a single rung in common.
    """
    steps = tuple(_step_result(step.name, images) for step in LADDER)
    first = next((step for step in steps if step.first), None)
    agreeing = sum(image.first_step is None for image in images)
    verdict: Verdict
    if first is not None:
        verdict = "differs"
        sentence = f"they part at {first.step} on {first.first} of {golden} images"
        others = [f"{step.step} on {step.first}" for step in steps if step.first and step != first]
        if others:
            sentence += f" (others part at {', '.join(others)})"
    elif failures or agreeing < golden or not _compared(steps):
        verdict = "incomplete"
        sentence = f"only {agreeing} of {golden} images could be compared"
    else:
        verdict = "pass"
        sentence = f"training and serving agree on {agreeing} of {golden} images"
        sentence += f", compared {_where(steps)}"
    if failures and verdict == "differs":
        sentence += f"; {len(failures)} more could not be compared"
    return ParityResult(
        target=target,
        verdict=verdict,
        sentence=sentence,
        first_step=None if first is None else first.step,
        golden=golden,
        agreeing=agreeing,
        steps=steps,
        images=tuple(images),
        failures=tuple(failures),
    )


def _compared(steps: Sequence[StepResult]) -> list[str]:
    return [step.step for step in steps if step.compared]


def _where(steps: Sequence[StepResult]) -> str:
    compared = _compared(steps)
    return "on every rung" if len(compared) == len(LADDER) else f"at {', '.join(compared)}"


def _step_result(name: str, images: Sequence[ImageResult]) -> StepResult:
    rungs = [rung for image in images for rung in image.rungs if rung.step == name]
    recorded = [rung for rung in rungs if rung.mark != "not recorded"]
    worst = max(recorded, key=_excess, default=None)
    return StepResult(
        step=name,
        compared=len(recorded),
        images=sum(rung.mark == "differs" for rung in recorded),
        first=sum(image.first_step == name for image in images),
        inherited=None if worst is None else worst.inherited,
        allowed=None if worst is None else worst.allowed,
    )


def _excess(rung: RungResult) -> float:
    """Error over allowed: the image to name is the one furthest beyond what was allowed."""
    if rung.inherited is None or not rung.allowed:
        return -1.0
    return rung.inherited / rung.allowed
