"""Noticing: on which images a fault would show, by what is known of a server.

The reference climbs with the fault and without it. What counts as a difference is what counts as
one between training and serving: the noise floor, or the loosest tolerance of any target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ml_ci.noise import NoiseFloor
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import NAMES, SENT, Course, Start
from ml_ci.parity.faults.fault import Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import HASHED_STEPS, IMAGE, LABEL, PROBABILITIES

Means = Literal["trace", "probabilities", "labels"]
"""What is known of a server: every rung, what it answers in numbers, or class names alone."""
MEANS: tuple[Means, ...] = ("trace", "probabilities", "labels")
TOGETHER = 32  # images that climb together; memory stays bounded whatever the golden set's size
_PIXELS = tuple(step.name for step in HASHED_STEPS)
_CERTAIN = 1e9  # how clear a difference is that is no number: another shape, another class

Clearness = Mapping[Means, float]
"""By means, how many times what is allowed the difference is; 1 and less is not noticed."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What counts as a difference."""

    noise: NoiseFloor
    tolerances: Mapping[str, float] = field(default_factory=dict)
    """By step: the loosest own error that any target is allowed."""

    def allowed(self, step: str, since: str, should: np.ndarray[Any, Any]) -> float:
        """On ``step``, of a side that had the same as the reference on ``since``."""
        return max(self.noise.allowed(step, since, should), self.tolerances.get(step, 0.0))


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """What one variant does to some images."""

    variant: Variant
    clearness: Mapping[str, Clearness]
    """By image; those on which nothing is noticed are left out."""


class Noticing:
    """Some images and the reference's climbs of them."""

    def __init__(self, reference: Reference, judge: Judge, images: Mapping[str, bytes]) -> None:
        """``images``: encoded, by name. Those that cannot be decoded are left out."""
        self._judge = judge
        # float32: the noise floor says how exact that is
        self._reference = reference.rounded()
        self._groups = list(self._grouped(images))

    @property
    def images(self) -> tuple[str, ...]:
        """Those that the reference can climb."""
        return tuple(name for group in self._groups for name in group.names)

    def of(self, variant: Variant) -> Noticed:
        """On which of the images ``variant`` shows."""
        found: dict[str, Clearness] = {}
        for group in self._groups:
            for name, clearness in self._in_group(group, variant):
                noticed = {means: times for means, times in clearness.items() if times > 1}
                if noticed:
                    found[name] = noticed
        return Noticed(variant=variant, clearness=found)

    def _grouped(self, images: Mapping[str, bytes]) -> Iterator[_Group]:
        names = [name for name in images if self._climbs(images[name])]
        for start in range(0, len(names), TOGETHER):
            some = names[start : start + TOGETHER]
            yield _Group(some, Course(self._reference, _start([images[name] for name in some])))

    def _climbs(self, content: bytes) -> bool:
        try:
            Course(self._reference, _start([content])).run(IMAGE.name)
        except StepError:
            return False
        return True

    def _in_group(self, group: _Group, variant: Variant) -> Iterator[tuple[str, Clearness]]:
        try:
            yield from self._compared(group, group.course, range(len(group.names)), variant)
        except StepError:  # of one image; the others have to be asked alone
            for place, name in enumerate(group.names):
                alone = Course(self._reference, _start([group.course.start.stands[place]]))
                try:
                    yield from self._compared(group, alone, [place], variant)
                except StepError:  # a server that fails is noticed by everybody
                    yield name, dict.fromkeys(MEANS, _CERTAIN)

    def _compared(
        self, group: _Group, course: Course, places: Sequence[int], variant: Variant
    ) -> Iterator[tuple[str, Clearness]]:
        own = IMAGE.name if variant.step in _PIXELS else variant.step
        rungs = {step: course.run(step, [variant]) for step in _seen_at(own)}
        for at, place in enumerate(places):
            made = {step: stands[at] for step, stands in rungs.items()}
            yield group.names[place], self._clearness(group, place, own, made)

    def _clearness(self, group: _Group, place: int, own: str, made: Mapping[str, Any]) -> Clearness:
        should = {step: group.course.run(step)[place] for step in made}
        trace = self._apart(own, NAMES[NAMES.index(own) - 1], made[own], should[own])
        if own == LABEL.name:
            other = float(made[own] != should[own])
            return {"trace": other * _CERTAIN, "labels": other * _CERTAIN}
        step = PROBABILITIES.name
        numbers = self._apart(step, IMAGE.name, made[step], should[step])
        label = LABEL.name
        other = made[label] != should[label] and self._is_sure(should[step])
        # Who records every rung records the last ones, too
        return {
            "trace": max(trace, numbers),
            "probabilities": numbers,
            "labels": other * _CERTAIN,
        }

    def _apart(self, step: str, since: str, made: Any, should: Any) -> float:
        """In what is allowed."""
        if step == LABEL.name:
            return 0.0
        ours, theirs = np.asarray(should), np.asarray(made)
        if ours.shape != theirs.shape:
            return _CERTAIN
        if step in _PIXELS:
            return float((ours != theirs).sum()) * 2  # one pixel is enough
        apart = float(np.abs(theirs.astype(np.float64) - ours).max(initial=0.0))
        allowed = self._judge.allowed(step, since, ours)
        return apart / allowed if np.isfinite(apart) and allowed > 0 else _CERTAIN

    def _is_sure(self, probabilities: np.ndarray[Any, Any]) -> bool:
        """Noise alone could not have made it another class."""
        first, second = np.sort(probabilities.astype(np.float64))[[-1, -2]]
        allowed = self._judge.allowed(PROBABILITIES.name, IMAGE.name, probabilities)
        return bool(first - second > 2 * allowed)


@dataclass(frozen=True)
class _Group:
    """Images that climb together."""

    names: Sequence[str]
    course: Course


def _start(contents: Sequence[bytes]) -> Start:
    return Start(since=SENT, stands=contents)


def _seen_at(own: str) -> tuple[str, ...]:
    """The rungs that are looked at of a fault whose own rung is ``own``."""
    return (own,) if own == LABEL.name else (own, PROBABILITIES.name, LABEL.name)
