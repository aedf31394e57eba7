"""The search: which faults, alone or two of different steps, take the reference where a target is.

Everything is tried on a few telling images first; what comes near is confirmed on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.parity.diagnosis.budget import Budget
from ml_ci.parity.diagnosis.closeness import Close, closeness, confirmed
from ml_ci.parity.diagnosis.fitting import Fitter
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.diagnosis.telling import telling
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import NAMES, Course
from ml_ci.parity.faults.fault import Evidence, Fault, Variant
from ml_ci.steps import IMAGE

_FIRST = 3  # of the few images, on which everything is tried first
_SOME = 0.3  # share of the difference, or of these images, from which on the rest of them are tried
_NEAR = 0.9  # from which on a candidate is confirmed, though something is left on the few
_CONFIRMED = 24  # candidates that are looked at on all images, the nearest first
_REFINED = 10  # faults whose parameters are searched for
_MOST_IMAGES = 256  # that confirm; more would say the same again
_PARTIAL = 3  # candidates that are confirmed although they explain too little
_ENDED = 40  # faults below, the best ones, for which the last step's are fitted again
_PROMISING = 24  # pairs that are looked at again on more images
Track = Callable[[Sequence[Fault]], Iterable[Fault]]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One fault or two, beside the target."""

    variants: tuple[Variant, ...]
    close: Close
    share: float
    """0–1: of the squared difference between target and reference, what goes away."""

    @property
    def whole(self) -> bool:
        """It explains everything."""
        return self.close.whole


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search came to."""

    candidates: tuple[Candidate, ...]
    """On all images; those that explain everything first, the simplest of these first."""
    not_tried: str

    @property
    def whole(self) -> tuple[Candidate, ...]:
        """Those that explain everything."""
        return tuple(one for one in self.candidates if one.whole)


class Search:
    """One question, answered with one catalogue."""

    def __init__(
        self,
        question: Question,
        catalogue: Sequence[Fault],
        budget: Budget,
        kinds: Sequence[str],
        track: Track = iter,
    ) -> None:
        """``kinds``: of each image's file, so that the few that are tried first are of many."""
        places = _spread(len(question.images), _MOST_IMAGES)
        self._all = question.of(places)
        self._faults = question.faults(catalogue)
        self._budget = budget
        self._track = track
        self._rounded = budget.counting(self._all.course(exact=False))
        self._exact = budget.counting(self._all.course(exact=True))
        self._clean = closeness(self._all, self._rounded, ())
        few = telling(self._clean, [kinds[place] for place in places])
        self._few = _Tried.on(self._all.of(few), budget)
        self._first = _Tried.on(self._all.of(few[:_FIRST]), budget)
        self._not_tried: list[str] = []

    def run(self) -> Found:
        """Faults alone; where none explains everything, two of different steps."""
        if self._clean.whole:  # nothing is off that could be explained
            return Found(candidates=(), not_tried="")
        singles = self._singles()
        found = self._confirm(singles)
        if not _any_whole(found):
            refined = self._refined(singles)
            found += self._confirm(refined)
            singles = sorted([*singles, *refined], key=_promise)
        if not _any_whole(found) and len(self._all.steps) > 1:
            found += self._confirm(self._pairs(singles))
        found = [one for one in found if one.whole or one.share > 0]
        found.sort(key=_simplest_first)
        return Found(candidates=tuple(_once(found)), not_tried="; ".join(self._not_tried))

    def _singles(self) -> list[Candidate]:
        """Every usual or fitted setting of every fault, on the few images."""
        found: list[Candidate] = []
        for fault in self._track(self._faults):
            if self._budget.is_spent:
                self._not_tried.append(f"faults from {fault.step} on")
                break
            for variant in self._settings(fault):
                candidate = self._first.candidate([variant])
                if candidate is not None and _is_some(candidate):
                    candidate = self._few.candidate([variant])
                if candidate is not None:
                    found.append(candidate)
        return sorted(found, key=_promise)

    def _settings(self, fault: Fault) -> Iterator[Variant]:
        known = set()
        for variant in self._fitted(fault, ()):
            known.add(variant.key)
            yield variant
        for variant in fault.variants(self._all.reference):
            if variant.key not in known:
                yield variant

    def _fitted(self, fault: Fault, below: Sequence[Variant]) -> Iterable[Variant]:
        """Settings of a fault of the last step, fitted to what it was given; else none."""
        if fault.step != self._all.step:
            return ()
        try:
            evidence = self._evidence(below)
            return list(fault.fit(evidence, self._all.reference))
        except (StepError, ValueError, np.linalg.LinAlgError):
            return ()

    def _evidence(self, below: Sequence[Variant]) -> Evidence:
        step, course = self._all.step, self._few.course
        under = NAMES[NAMES.index(step) - 1]
        given = course.seen(below) if step == IMAGE.name else course.run(under, below)
        return Evidence(given=list(given), made=list(self._few.question.observed))

    def _confirm(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The most promising of them on all images."""
        near = [one for one in candidates if one.whole or one.share >= _NEAR][:_CONFIRMED]
        found = []
        for one in near or list(candidates[:_PARTIAL]):
            try:
                close = confirmed(self._all, self._rounded, self._exact, one.variants)
            except (StepError, ValueError):
                continue
            share = share_of(close, self._clean)
            found.append(Candidate(variants=one.variants, close=close, share=share))
        return found

    def _refined(self, singles: Sequence[Candidate]) -> list[Candidate]:
        """Parameters searched for, of the faults that come nearest with usual ones."""
        best: dict[str, Candidate] = {}
        for one in singles:
            best.setdefault(one.variants[0].fault, one)
        known = {fault.id: fault for fault in self._faults if fault.parameters}
        found = []
        for one in [one for one in best.values() if one.variants[0].fault in known][:_REFINED]:
            if self._budget.is_spent:
                self._not_tried.append("unusual settings")
                break
            fitter = Fitter(self._few.question, self._few.course, known[one.variants[0].fault])
            for variant in fitter.near(one.variants[0]):
                candidate = self._few.candidate([variant])
                if candidate is not None:
                    found.append(candidate)
        return sorted(found, key=_promise)

    def _pairs(self, singles: Sequence[Candidate]) -> list[Candidate]:
        """Two faults of different steps; the most promising first, as long as there is budget."""
        found = [*self._with_fitted_ends(singles), *self._both_usual(singles)]
        again = [
            self._few.candidate(one.variants) for one in sorted(found, key=_promise)[:_PROMISING]
        ]
        return sorted((one for one in again if one is not None), key=_promise)

    def _with_fitted_ends(self, singles: Sequence[Candidate]) -> Iterator[Candidate]:
        """A fault below, and one of the last step fitted to what that gives: no pass is needed
        beyond that of the first, which is remembered."""
        ends = [fault for fault in self._faults if fault.step == self._all.step]
        firsts = [one.variants[0] for one in singles if one.variants[0].step != self._all.step]
        for first in firsts[:_ENDED]:
            if self._budget.is_spent:
                self._not_tried.append("pairs with a fault of the last step")
                return
            for fault in ends:
                for second in self._fitted(fault, [first]):
                    candidate = self._few.candidate([first, second])
                    if candidate is not None and (candidate.whole or candidate.share >= _NEAR):
                        yield candidate

    def _both_usual(self, singles: Sequence[Candidate]) -> Iterator[Candidate]:
        """Two faults in usual settings, on the one image that no fault alone explains best."""
        one_image = _Tried.on(self._few.question.of([self._hardest(singles)]), self._budget)
        variants = [one.variants[0] for one in singles]
        for first, second in _in_order_of_promise(variants):
            if self._budget.is_spent:
                self._not_tried.append("the less promising pairs")
                return
            candidate = one_image.candidate([first, second])
            if candidate is None or not (candidate.whole or candidate.share >= _NEAR):
                continue
            candidate = self._first.candidate([first, second])
            if candidate is not None and (candidate.whole or candidate.share >= _NEAR):
                yield candidate

    def _hardest(self, singles: Sequence[Candidate]) -> int:
        """Place among the few of an image that is off and that the fewest faults put right."""
        few = len(self._few.question.images)
        tried = [one.close.right for one in singles if len(one.close.right) == few]
        off = [place for place in range(few) if not self._few.clean.right[place]]
        return min(off, key=lambda place: sum(right[place] for right in tried), default=0)


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """Some images on which candidates are tried quickly."""

    question: Question
    course: Course
    clean: Close

    @classmethod
    def on(cls, question: Question, budget: Budget) -> _Tried:
        """What it costs counts."""
        course = budget.counting(question.course(exact=False))
        return cls(question=question, course=course, clean=closeness(question, course, ()))

    def candidate(self, variants: Sequence[Variant]) -> Candidate | None:
        """None where they cannot be made."""
        try:
            close = closeness(self.question, self.course, variants)
        except (StepError, ValueError):
            return None
        share = share_of(close, self.clean)
        return Candidate(variants=tuple(variants), close=close, share=share)


def _in_order_of_promise(variants: Sequence[Variant]) -> Iterator[tuple[Variant, Variant]]:
    """Every two of different steps."""
    count = len(variants)
    places = [(one, other) for other in range(count) for one in range(other)]
    # The best with all others first, then the second best: by the product of their ranks
    for one, other in sorted(places, key=lambda pair: (pair[0] + 1) * (pair[1] + 1)):
        if variants[one].step != variants[other].step:
            yield variants[one], variants[other]


def _is_some(one: Candidate) -> bool:
    right = sum(one.close.right) / max(1, len(one.close.right))
    return one.share >= _SOME or right >= _SOME


def share_of(close: Close, clean: Close) -> float:
    if clean.left in (0.0, np.inf):
        return 1.0 if close.whole else 0.0
    return float(min(1.0, max(0.0, 1 - close.left / clean.left)))


def _promise(one: Candidate) -> tuple[float, float]:
    """Explains everything; explains some images wholly, or much of all of them."""
    right = sum(one.close.right) / max(1, len(one.close.right))
    return -float(one.whole), -max(one.share, right)


def _simplest_first(one: Candidate) -> tuple[bool, int, bool, int, float]:
    """Two faults are never named where one does, nor freedom or fitted numbers where none are
    needed."""
    if not one.whole:
        return True, 0, False, 0, -one.share
    loose = any(variant.grain > 0 for variant in one.variants)
    numbers = sum(_numbers(value) for each in one.variants for value in each.parameters.values())
    return False, len(one.variants), loose, numbers, -one.share


def _numbers(value: object) -> int:
    if isinstance(value, tuple):
        return sum(_numbers(inner) for inner in value)
    return int(isinstance(value, float | int))


def _any_whole(candidates: Sequence[Candidate]) -> bool:
    return any(one.whole for one in candidates)


def _once(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    seen = set()
    for one in candidates:
        key = tuple(variant.key for variant in one.variants)
        if key not in seen:
            seen.add(key)
            yield one


def _spread(count: int, most: int) -> list[int]:
    """``most`` of ``count`` places, evenly."""
    if count <= most:
        return list(range(count))
    return [round(place) for place in np.linspace(0, count - 1, most)]
