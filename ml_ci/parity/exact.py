"""Exact rungs, `received` to `image`: equal by hash, else judged by what the step was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml_ci.parity.executor import Executor, StepError
from ml_ci.parity.mismatch import Array, Mismatch, compare_pixels, hash_mismatch
from ml_ci.parity.recording import Reading, readings, squeezed
from ml_ci.parity.result import Mark, RungResult
from ml_ci.parity.sides import Sides
from ml_ci.parity.standing import Standing, unknown
from ml_ci.rung import Rung
from ml_ci.steps import DECODED, HASHED_STEPS, IMAGE, LADDER, RECEIVED, Step

_NAMES = [step.name for step in LADDER]


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """One rung, and where the image stands after it."""

    result: RungResult
    standing: Standing


def climb_exact(sides: Sides, image: str) -> tuple[list[RungResult], Standing]:
    """The exact rungs of one image, and where it stands when the float rungs begin."""
    entry = sides.target.header.entry
    standing = Standing(step=entry, same=True, value=unknown)
    results: list[RungResult] = []
    for step in HASHED_STEPS:
        _, theirs = sides.rungs(image, step.name)
        if theirs is None or _NAMES.index(step.name) < _NAMES.index(entry):
            results.append(RungResult(step=step.name, mark="not recorded"))
            continue
        judged = _Exact(sides, image, step, theirs, standing).judge()
        results.append(judged.result)
        standing = judged.standing
        if standing.same and not standing.reading:
            _undo(results)
    return results, standing


def _undo(results: list[RungResult]) -> None:
    """What differed below the last rung, which is equal, has come to nothing."""
    last = results[-1].step
    for place, result in enumerate(results[:-1]):
        if result.mark in ("differs", "unmeasurable", "inherited"):
            message = f"{result.message}; undone at {last}"
            results[place] = result.model_copy(update={"mark": "note", "message": message})


class _Exact:
    """One exact step of one image."""

    def __init__(
        self, sides: Sides, image: str, step: Step, theirs: Rung, standing: Standing
    ) -> None:
        self._sides = sides
        self._image = image
        self._step = step
        self._theirs = theirs
        self._standing = standing
        self._where = f"{step.name} of {image}"

    def judge(self) -> _Judged:
        ours, theirs = self._sides.rungs(self._image, self._step.name)[0], self._theirs
        same_hash = ours is not None and ours.sha256 == theirs.sha256
        # A target that tells pixels alone does not tell their mode: that is no difference
        other_mode = ours is not None and theirs.text is not None and ours.text != theirs.text
        if same_hash and not other_mode:
            return self._judged("equal", "", self._stands_with_the_reference())
        message = hash_mismatch(
            self._where, "unknown" if ours is None else ours.sha256, theirs.sha256
        ).message
        if other_mode and ours is not None:
            message = f"{self._where}: the mode is {theirs.text}, the reference has {ours.text}"
        expected = self._expected()
        array = self._sides.target.array(self._image, self._step.name)
        array = expected if array is None and same_hash else array
        # The step to blame, or one that did right with what it was given
        off: Mark = "differs" if self._standing.same else "inherited"
        if array is None or expected is None:
            mark = off if self._standing.same else "unmeasurable"
            return self._judged(mark, message, self._stands_on(array))
        reading, mismatch = _compared(self._where, self._step.name, expected, array)
        standing = self._stands_on(reading.array, reading.way)
        if mismatch is not None:
            mark = self._how_far(mismatch)
            return self._judged(mark, mismatch.message, standing, own=mismatch.worst)
        if other_mode or not self._standing.same:
            return self._judged(off, message, standing)
        written = f"{self._where}: recorded {reading.way or f'as {array.dtype}'}, the same values"
        return self._judged("note", written, self._stands_with_the_reference(reading.way))

    def _how_far(self, mismatch: Mismatch) -> Mark:
        """Whether the difference is one that params.yaml expects."""
        accepted = self._sides.accepted.largest.get(self._step.name)
        if accepted is None or mismatch.worst is None or mismatch.worst > accepted:
            return "differs"
        return "expected"

    def _judged(
        self, mark: Mark, message: str, standing: Standing, own: float | None = None
    ) -> _Judged:
        result = RungResult(
            step=self._step.name,
            mark=mark,
            since=self._standing.step,
            own=own,
            allowed=None if own is None else self._sides.accepted.largest.get(self._step.name, 0.0),
            message=message,
        )
        return _Judged(result=result, standing=standing)

    def _stands_with_the_reference(self, reading: str = "") -> Standing:
        return Standing(step=self._step.name, same=True, value=unknown, reading=reading)

    def _stands_on(self, array: Array | None, reading: str = "") -> Standing:
        value: Callable[[], Array] = unknown if array is None else (lambda: array)
        name, mode = self._step.name, self._theirs.text
        return Standing(step=name, same=False, value=value, mode=mode, reading=reading)

    def _expected(self) -> Array | None:
        """What the reference makes of what the target was given; None where nobody can tell."""
        executor = self._sides.executor
        if executor is None or self._step == RECEIVED:
            return None
        try:
            return applied(executor, self._sides, self._image, self._standing, self._step.name)
        except StepError:
            return None


def applied(executor: Executor, sides: Sides, image: str, standing: Standing, upto: str) -> Array:
    """`decoded` or `image` as the reference makes it of what stands on an exact rung.

    Raises StepError where that is not known or the step cannot be applied to it.
    """
    content = received(executor, sides, image)
    if standing.step == DECODED.name and not standing.same:
        return executor.flatten(standing.value(), standing.mode, content)
    if standing.step == IMAGE.name and not standing.same:
        return standing.value()
    if standing.step == RECEIVED.name and not standing.same:
        pixels, mode = executor.decode(standing.value().tobytes())
    else:
        content = executor.sent(image)
        pixels, mode = executor.decode(content)
    return pixels if upto == DECODED.name else executor.flatten(pixels, mode, content)


def received(executor: Executor, sides: Sides, image: str) -> bytes:
    """The encoded image as the target had it. Raises StepError when it differs and was not kept."""
    ours, theirs = sides.rungs(image, RECEIVED.name)
    if theirs is None or (ours is not None and ours.sha256 == theirs.sha256):
        return executor.sent(image)
    array = sides.target.array(image, RECEIVED.name)
    if array is None:
        raise StepError("the bytes that this side received are not known")
    return array.tobytes()


def _compared(
    where: str, step: str, expected: Array, array: Array
) -> tuple[Reading, Mismatch | None]:
    """The reading that is right, or the array as it is and how it differs."""
    plain = array if array.shape == expected.shape else squeezed(array)
    as_it_is = Reading(way="", array=_as_type(plain, expected))
    mismatch = compare_pixels(where, expected, as_it_is.array)
    if mismatch is None:
        return as_it_is, None
    for reading in readings(step, plain, expected.shape):
        read = Reading(way=reading.way, array=_as_type(reading.array, expected))
        if compare_pixels(where, expected, read.array) is None:
            return read, None
    return Reading(way="", array=plain), compare_pixels(where, expected, plain) or mismatch


def _as_type(array: Array, like: Array) -> Array:
    """The same whole numbers in the type of ``like``; as it is where they do not fit."""
    if array.dtype == like.dtype or not np.issubdtype(array.dtype, np.number):
        return array
    with np.errstate(invalid="ignore"):
        whole = np.rint(array).astype(like.dtype)
    return whole if np.allclose(whole, array, rtol=0, atol=1e-4) else array
