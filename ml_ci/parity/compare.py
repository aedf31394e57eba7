"""Comparing a target with the reference, rung by rung and image by image.

Each rung is judged by what its own step did: the reference's step is applied to what the target
stood on below, and the result is held against what the target has. So one fault is blamed once,
however far its consequences reach, and several at once are each found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml_ci.parity.exact import climb_exact
from ml_ci.parity.executor import CLIMBED
from ml_ci.parity.figures import figures
from ml_ci.parity.floats import FloatStep, Measured
from ml_ci.parity.labels import judge_label
from ml_ci.parity.mismatch import compare_floats, hash_mismatch
from ml_ci.parity.result import Failure, Figures, ImageResult, Mark, ParityResult, RungResult
from ml_ci.parity.sides import Sides
from ml_ci.parity.standing import Standing
from ml_ci.parity.tally import Tally
from ml_ci.rung import Array
from ml_ci.steps import LADDER, RESIZED

# Taken together: as many as lie in one file of a trace, so that each is opened once
TOGETHER = 64

_BELOW = ("differs", "expected", "unmeasurable", "inherited")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides, ready to be compared."""

    sides: Sides

    def run(self, target: str, golden: Iterable[str]) -> ParityResult:
        """The verdict on ``target`` over the ``golden`` image names, in bounded memory.

        An image that either side lacks is a failure, whatever the traces themselves say of it.
        """
        names = list(golden)
        notes = self.sides.accepted.notes
        tally = Tally(target=target, golden=len(names), accepted=notes)
        for start in range(0, len(names), TOGETHER):
            group = names[start : start + TOGETHER]
            reasons = {name: self._not_comparable(name) for name in group}
            for name, reason in reasons.items():
                if reason is not None:
                    tally.fail(Failure(image=name, message=reason))
            climb = _Climb(self.sides, [name for name in group if reasons[name] is None])
            for climbed in climb.results():
                if climbed.unsettled:
                    unsettled = climbed.unsettled
                    tally.fail(Failure(image=climbed.result.image, message=unsettled))
                else:
                    tally.add(climbed.result, climbed.figures)
        return tally.result()

    def _not_comparable(self, image: str) -> str | None:
        for side, trace in (("reference", self.sides.reference), ("target", self.sides.target)):
            reason = trace.why_not(image)
            if reason is not None:
                return f"the {side} {reason}"
        return None


@dataclass(frozen=True, kw_only=True)
class _Climbed:
    """One image on all rungs."""

    result: ImageResult
    figures: Mapping[str, Figures]
    """Of the float rungs that differ, by step."""
    unsettled: str
    """Why nobody can tell whether its highest float rung differs; empty where that can be told."""


class _Climb:
    """A few images, taken up the ladder together."""

    def __init__(self, sides: Sides, images: Sequence[str]) -> None:
        self._sides = sides
        self._images = images
        self._results: dict[str, list[RungResult]] = {}
        self._standings: dict[str, Standing] = {}
        self._figures: dict[str, dict[str, Figures]] = {image: {} for image in images}

    def results(self) -> Iterator[_Climbed]:
        """Each image on all rungs."""
        for image in self._images:
            self._results[image], self._standings[image] = climb_exact(self._sides, image)
        for step in CLIMBED:
            self._float(step)
        for image in self._images:
            results = self._results[image]
            standing = self._standings[image]
            results.append(judge_label(self._sides, image, standing))
            result = _image_result(image, results)
            unsettled = _unsettled(image, standing) if result.first_step is None else ""
            yield _Climbed(result=result, figures=self._figures[image], unsettled=unsettled)

    def _float(self, step: str) -> None:
        recorded = [image for image in self._images if self._is_recorded(image, step)]
        measured = FloatStep(self._sides, step).measure(
            {image: self._standings[image] for image in recorded}
        )
        for image in self._images:
            if image in measured:
                self._take(image, step, measured[image])
            elif image in recorded:
                self._results[image].append(self._hashes(image, step))
            else:
                self._results[image].append(RungResult(step=step, mark="not recorded"))

    def _is_recorded(self, image: str, step: str) -> bool:
        ours, theirs = self._sides.rungs(image, step)
        names = [one.name for one in LADDER]
        above_entry = names.index(step) > names.index(self._sides.target.header.entry)
        return above_entry and ours is not None and theirs is not None

    def _hashes(self, image: str, step: str) -> RungResult:
        """Where the target kept no array: the same hash is the same array, another says nothing."""
        ours, theirs = self._sides.rungs(image, step)
        if ours is None or theirs is None or ours.sha256 != theirs.sha256:
            message = (
                ""
                if ours is None or theirs is None
                else hash_mismatch(f"{step} of {image}", ours.sha256, theirs.sha256).message
            )
            return RungResult(step=step, mark="not recorded", message=message)
        before = self._standings[image]
        self._standings[image] = Standing(step=step, same=True, value=before.value, before=before)
        return RungResult(step=step, mark="equal", since=before.step)

    def _take(self, image: str, step: str, measured: Measured) -> None:
        """Judge one rung, and what stood below in its light."""
        results, before = self._results[image], self._standings[image]
        fits = _fits(measured)
        if before.reading:
            _settle_reading(results, before, right=fits)
        if not fits and (right := self._passed_by(image, step, measured)) is not None:
            _undo(results, before.step, step)
            measured, fits = right, True
        result = self._judged(image, step, measured, fits=fits)
        if before.reading and not fits and result.mark == "differs":
            result = result.model_copy(update={"mark": "unmeasurable"})
        results.append(result)
        ours, theirs = self._sides.rungs(image, step)
        same = ours is not None and theirs is not None and ours.sha256 == theirs.sha256
        self._standings[image] = Standing(
            step=step,
            same=same,
            value=lambda: measured.array,
            before=before,
            reading=measured.reading,
        )
        if result.mark == "differs" and measured.truth is not None:
            found = figures(measured.array, measured.truth, picture=step == RESIZED.name)
            if found is not None:
                self._figures[image][step] = found

    def _passed_by(self, image: str, step: str, measured: Measured) -> Measured | None:
        """This rung judged from the one before the last, where that shows it right; else None.

        Then what differs on the last was recorded, but is not what the target went on with. Only
        where the two cannot be confused: with a fault there and one here, each small, the target
        may be right within what several steps together are allowed.
        """
        last = self._standings[image]
        blamed = any(
            one.step == last.step and one.mark == "differs" for one in self._results[image]
        )
        if last.before is None or not blamed or measured.own is None:
            return None
        found = FloatStep(self._sides, step).measure({image: last.before}).get(image)
        return found if found is not None and found.fits and measured.own > found.allowed else None

    def _judged(self, image: str, step: str, measured: Measured, *, fits: bool) -> RungResult:
        results = self._results[image]
        ours, theirs = self._sides.rungs(image, step)
        equal = ours is not None and theirs is not None and ours.sha256 == theirs.sha256
        message = ""
        mark: Mark = "equal" if equal else "within"
        if fits:
            if measured.inherited is not None and not measured.arrives:
                mark = "expected" if self._accounted_for(image, step) else "inherited"
            if measured.reading:
                message = f"{step} of {image}: recorded {measured.reading}"
        elif measured.own is None and any(rung.mark in _BELOW for rung in results):
            mark = "unmeasurable"
        else:
            accepted = self._sides.accepted.largest.get(step)
            within = accepted is not None and measured.own is not None and measured.own <= accepted
            mark = "expected" if within else "differs"
            message = self._message(image, step, measured)
        return RungResult(
            step=step,
            mark=mark,
            since=self._standings[image].step,
            own=_finite(measured.own),
            allowed=measured.allowed,
            inherited=_finite(measured.inherited),
            message=message,
        )

    def _accounted_for(self, image: str, step: str) -> bool:
        """Off by more than noise, as params.yaml says: by a change, or by a tolerance used here."""
        if self._sides.changed(self._standings[image].step, step):
            return True
        below = any(rung.mark in _BELOW for rung in self._results[image])
        return step in self._sides.accepted.tolerances and not below

    def _message(self, image: str, step: str, measured: Measured) -> str:
        expected: Array | None = measured.truth
        limit = measured.allowed
        if expected is None:
            expected = self._sides.reference.array(image, step)
            limit = measured.allowed_inherited
        if expected is None:
            return ""
        mismatch = compare_floats(f"{step} of {image}", expected, measured.array, limit)
        return "" if mismatch is None else mismatch.message


def _fits(measured: Measured) -> bool:
    """Where the own error cannot be measured, a target that arrives is taken to have gone right."""
    return measured.fits if measured.own is not None else measured.arrives


def _undo(results: list[RungResult], below: str, step: str) -> None:
    """What differs on the rung ``below`` is a note: nothing came of it."""
    for place, result in enumerate(results):
        if result.step == below:
            message = f"{result.message}; undone at {step}"
            results[place] = result.model_copy(update={"mark": "note", "message": message})


def _settle_reading(results: list[RungResult], standing: Standing, *, right: bool) -> None:
    """Say of a rung recorded in another way what the rung above it shows."""
    mark: Mark = "note" if right else "differs"
    for place, result in enumerate(results):
        if result.step == standing.step:
            results[place] = result.model_copy(update={"mark": mark})


def _unsettled(image: str, standing: Standing) -> str:
    if not standing.reading:
        return ""
    return (
        f"{standing.step} of {image} is right when it is taken {standing.reading}, and no rung "
        "above it shows whether the target went on with that"
    )


def _image_result(image: str, results: Sequence[RungResult]) -> ImageResult:
    first = next((rung.step for rung in results if rung.mark == "differs"), None)
    off = any(rung.mark in ("inherited", "unmeasurable") for rung in results)
    accounted = first is not None or any(rung.mark == "expected" for rung in results)
    return ImageResult(
        image=image, first_step=first, explained=accounted or not off, rungs=tuple(results)
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or value == float("inf") else value
