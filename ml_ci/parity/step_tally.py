"""One step over all images: how many it is wrong on, and by how much at worst."""

from __future__ import annotations

import math

from ml_ci.parity.result import Figures, ImageResult, RungResult, StepResult
from ml_ci.steps import LADDER

_APART = ("differs", "expected", "inherited", "unmeasurable")
_NAMES = [step.name for step in LADDER]


class StepTally:
    """Counts of one step."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._compared = 0
        self._images = 0
        self._first = 0
        self._apart = 0
        self._since: str | None = None
        self._worst: RungResult | None = None
        self._figures: Figures | None = None
        self._inherited: float | None = None

    def add(self, rung: RungResult, first_step: str | None, figures: Figures | None) -> None:
        """One image's rung; ``first_step`` is where that image parts."""
        if rung.mark == "not recorded":
            return
        self._compared += 1
        self._images += rung.mark == "differs"
        self._first += first_step == self._step
        self._apart += rung.mark in _APART
        if rung.since is not None:
            known = [one for one in (self._since, rung.since) if one is not None]
            self._since = min(known, key=_NAMES.index)
        if rung.inherited is not None:
            self._inherited = max(rung.inherited, self._inherited or 0.0)
        if self._worst is None or rung_excess(rung) > rung_excess(self._worst):
            self._worst, self._figures = rung, figures

    def result(self) -> StepResult:
        """Over all images that were added."""
        worst = self._worst
        return StepResult(
            step=self._step,
            compared=self._compared,
            images=self._images,
            first=self._first,
            apart=self._apart,
            since=self._since,
            own=None if worst is None else worst.own,
            allowed=None if worst is None else worst.allowed,
            inherited=self._inherited,
            figures=self._figures,
        )


def rung_excess(rung: RungResult) -> float:
    """Own error over allowed; infinite where it differs by more than numbers can say, else 0."""
    if rung.own is None:
        return math.inf if rung.mark == "differs" else -1.0
    if not rung.allowed:
        return math.inf if rung.own else 0.0
    return rung.own / rung.allowed


def excess(image: ImageResult) -> tuple[bool, float]:
    """For ordering: images with a step to blame, then how far beyond what is allowed."""
    blamed = [rung for rung in image.rungs if rung.mark == "differs"]
    return bool(blamed), max(map(rung_excess, blamed), default=0.0)
