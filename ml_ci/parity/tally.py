"""A tally: images come in one by one, one verdict and one sentence go out.

Memory hardly grows with the golden set: counts are of all images, but only so many are kept whole,
the furthest off of those that part and the first of those that agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ml_ci.parity.result import Failure, Figures, ImageResult, ParityResult, Verdict
from ml_ci.parity.step_tally import StepTally, excess
from ml_ci.parity.wording import Counts, sentence
from ml_ci.steps import LADDER

KEPT = 1000
"""Images kept of each kind, parting and agreeing: more rows nobody reads, and each costs 2 kB."""
_OFF = ("inherited", "unmeasurable")


@dataclass(frozen=True, kw_only=True)
class _Recorded:
    """Which rungs of an image there are."""

    compared: tuple[str, ...]
    by_hash: tuple[str, ...]
    """By a hash that is another than the reference's, which says nothing of floats."""


def _recorded(image: ImageResult) -> _Recorded:
    missing = [rung for rung in image.rungs if rung.mark == "not recorded"]
    return _Recorded(
        compared=tuple(rung.step for rung in image.rungs if rung not in missing),
        by_hash=tuple(rung.step for rung in missing if rung.message),
    )


class Tally:
    """Counts over the images of one target."""

    def __init__(
        self, *, target: str, golden: int, kept: int = KEPT, accepted: tuple[str, ...] = ()
    ) -> None:
        """``golden`` images in all; ``kept`` of each kind stay whole in the result."""
        self._target = target
        self._golden = golden
        self._kept_at_most = kept
        self._accepted = accepted
        self._steps = {step.name: StepTally(step.name) for step in LADDER}
        self._order: dict[str, int] = {}
        self._parted: list[ImageResult] = []
        self._agreeing: list[ImageResult] = []
        self._recorded: dict[_Recorded, list[str]] = defaultdict(list)
        self._failures: list[Failure] = []
        self._unexplained: dict[str, int] = defaultdict(int)

    def fail(self, failure: Failure) -> None:
        """An image that cannot be compared."""
        self._failures.append(failure)

    def add(self, image: ImageResult, worst: Mapping[str, Figures]) -> None:
        """An image that was compared, with the figures of the float rungs that differ."""
        self._order[image.image] = len(self._order)
        for rung in image.rungs:
            self._steps[rung.step].add(rung, image.first_step, worst.get(rung.step))
        if not image.explained:
            self._unexplained[next(r.step for r in image.rungs if r.mark in _OFF)] += 1
        if image.first_step is None and image.explained:
            self._recorded[_recorded(image)].append(image.image)
            if len(self._agreeing) < self._kept_at_most:
                self._agreeing.append(image)
            return
        self._parted.append(image)
        if len(self._parted) > 2 * self._kept_at_most:
            self._parted = self._furthest()

    def result(self) -> ParityResult:
        """The verdict over all that came in.

        A difference anywhere is `differs`, then one that no step explains; otherwise anything that
        could not be compared is `incomplete`, which is never a pass.
        """
        steps = tuple(tally.result() for tally in self._steps.values())
        partial = self._partial([step.step for step in steps if step.compared])
        failures = [*self._failures, *partial]
        agreeing = sum(map(len, self._recorded.values())) - len(partial)
        faulty = tuple(step.step for step in steps if step.images)
        apart = next((step.name for step in LADDER if step.name in self._unexplained), None)
        counts = Counts(
            golden=self._golden,
            agreeing=agreeing,
            failures=len(failures),
            unexplained=sum(self._unexplained.values()),
        )
        verdict = _verdict(faulty, apart, counts)
        return ParityResult(
            target=self._target,
            verdict=verdict,
            sentence=sentence(verdict, steps, counts, apart),
            first_step=faulty[0] if faulty else apart,
            faulty=faulty,
            accepted=self._accepted,
            golden=self._golden,
            agreeing=agreeing,
            steps=steps,
            images=self._kept({failure.image for failure in partial}),
            failures=tuple(failures),
        )

    def _partial(self, compared: list[str]) -> list[Failure]:
        """Images that agree as far as they were compared, which is on fewer rungs than others.

        A target may leave rungs out, but the same ones throughout: such an image would count as
        agreeing although nothing was looked at.
        """
        return [
            Failure(image=image, message=_why_partial(compared, recorded))
            for recorded, images in self._recorded.items()
            if list(recorded.compared) != compared or not compared
            for image in images
        ]

    def _kept(self, partial: set[str]) -> tuple[ImageResult, ...]:
        agreeing = [image for image in self._agreeing if image.image not in partial]
        both = [*self._furthest(), *agreeing]
        return tuple(sorted(both, key=lambda image: self._order[image.image]))

    def _furthest(self) -> list[ImageResult]:
        return sorted(self._parted, key=excess, reverse=True)[: self._kept_at_most]


def _verdict(faulty: tuple[str, ...], apart: str | None, counts: Counts) -> Verdict:
    if faulty:
        return "differs"
    if apart is not None:
        return "unexplained"
    return "pass" if counts.agreeing == counts.golden and counts.golden else "incomplete"


def _why_partial(compared: list[str], recorded: _Recorded) -> str:
    reasons = [
        f"{step} was recorded by a hash alone, which is another than the reference's"
        if step in recorded.by_hash
        else f"{step} was not recorded"
        for step in compared
        if step not in recorded.compared
    ]
    return "; ".join(reasons) or "no rung was recorded on both sides"
