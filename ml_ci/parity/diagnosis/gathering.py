"""Gathering: for every step that differs, what the target had there and what it had been given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ml_ci.data.decode import Decoded
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.exact import received
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import SENT, Start
from ml_ci.parity.faults.reference import Pixels, Reference
from ml_ci.parity.recording import readings, squeezed
from ml_ci.parity.result import ImageResult, ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.rung import Array
from ml_ci.steps import DECODED, IMAGE, LABEL, RECEIVED, STEP_OF

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_JUDGED = ("equal", "within", "differs")
"""Marks of images that say something of a step: where it is wrong, and where it is right."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A question, or why there is none."""

    step: str
    question: Question | None
    reason: str
    """Empty where there is a question."""


def gather(sides: Sides, result: ParityResult, reference: Reference) -> Iterator[Gathered]:
    """One for every step whose own error is too large, in the order of the ladder."""
    for step in result.steps:
        if step.images:
            yield _Gathering(sides, reference, step.step).gather(result.images)


class _Gathering:
    """One step."""

    def __init__(self, sides: Sides, reference: Reference, step: str) -> None:
        self._sides = sides
        self._reference = reference
        self._step = step

    def gather(self, images: Sequence[ImageResult]) -> Gathered:
        judged = [(one.image, *self._judged(one)) for one in images]
        since = Counter(below for _, mark, below in judged if mark == "differs")
        if not since:
            return self._nothing("the images it differs on were not kept")
        start = since.most_common(1)[0][0]
        names = [name for name, mark, below in judged if mark in _JUDGED and below == start]
        rows = [row for name in names if (row := self._row(name, start)) is not None]
        if not rows:
            return self._nothing("what the target had there is not known")
        question = Question(
            reference=self._reference,
            noise=self._sides.noise,
            images=[row.image for row in rows],
            start=Start(
                since=rows[0].since,
                stands=_together(rows[0].since, [row.stand for row in rows]),
                contents=[row.content for row in rows],
            ),
            step=self._step,
            observed=[row.observed for row in rows],
        )
        return Gathered(step=self._step, question=question, reason="")

    def _nothing(self, reason: str) -> Gathered:
        return Gathered(step=self._step, question=None, reason=reason)

    def _judged(self, one: ImageResult) -> tuple[str, str]:
        rung = next((rung for rung in one.rungs if rung.step == self._step), None)
        return ("", "") if rung is None else (rung.mark, rung.since or "")

    def _row(self, image: str, since: str) -> _Row | None:
        """One image on both rungs; None where something of it is not known."""
        try:
            executor = self._reference.executor
            content = received(executor, self._sides, image)
            told = image in self._sides.target and RECEIVED.name in self._sides.target.rungs(image)
            # What it received is not known: then it may have been changed on the way
            begin = SENT if since == RECEIVED.name and not told else since
            if self._step == RECEIVED.name:
                begin = SENT
                content = executor.sent(image)
            stand = self._stand(image, begin, content)
            observed = self._stand(image, self._step, content)
        except StepError:
            return None
        return _Row(image=image, since=begin, stand=stand, observed=observed, content=content)

    def _stand(self, image: str, step: str, content: bytes) -> Any:
        """What the target has on ``step``. Raises StepError where that is not known."""
        if step == SENT:
            return content
        if step == RECEIVED.name:
            return received(self._reference.executor, self._sides, image)
        ours, theirs = self._sides.rungs(image, step)
        if step == LABEL.name:
            if theirs is None or theirs.text is None:
                raise StepError("no label")
            return theirs.text
        array = self._array(image, step, content)
        if step == DECODED.name:
            pixels = cast("Pixels", np.atleast_3d(cast("Any", array)))
            mode = (theirs.text if theirs else None) or (ours.text if ours else None)
            return Decoded(pixels=pixels, mode=mode or _MODES.get(pixels.shape[2], "RGB"))
        return array

    def _array(self, image: str, step: str, content: bytes) -> Array:
        ours, theirs = self._sides.rungs(image, step)
        array = self._sides.target.array(image, step)
        same = ours is not None and theirs is not None and ours.sha256 == theirs.sha256
        if array is None and same:
            array = self._sides.reference.array(image, step)
            if array is None and step == DECODED.name:
                return self._reference.decode(content).pixels
            if array is None and step == IMAGE.name:
                return self._reference.flatten(self._reference.decode(content), content)
        if array is None:
            raise StepError("it was not kept")
        return _read(step, array, self._sides.reference.array(image, step))


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One image."""

    image: str
    since: str
    stand: Any
    observed: Any
    content: bytes


def _read(step: str, array: Array, ours: Array | None) -> Array:
    """As the reference lays it out, where it was recorded in another way."""
    if STEP_OF[step].compared != "noise floor" or ours is None or array.shape == ours.shape:
        return array
    plain, like = squeezed(array), squeezed(ours)
    if plain.shape == like.shape:
        return plain.reshape(ours.shape)
    for reading in readings(step, plain, like.shape):
        return reading.array.reshape(ours.shape)
    return plain


def _together(since: str, stands: list[Any]) -> Any:
    """Floats of one shape as one array."""
    if since in STEP_OF and STEP_OF[since].compared == "noise floor":
        return np.stack([np.asarray(stand) for stand in stands])
    return stands
