"""Accuracy through a server: the labelled test set, as clients would send it, beside the script's.

The symptom people come with: one accuracy in the script, another one in production.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.inquiry import Accuracies, AccuracyRecord, ServedFlip, UnansweredImage
from ml_ci.artifacts.paired import LISTED
from ml_ci.chance.pairing import ORDER, Pair, mcnemar
from ml_ci.chance.resampling import Answers, Coder, accuracy, change_intervals, intervals, value_of
from ml_ci.inquiry.way import NoAnswerError, PatientWay, Rungs, Way
from ml_ci.rung import Array
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES
from ml_ci.targets.labelled import LabelledPicture
from ml_ci.targets.requests import Picture

TensorOf = Callable[[str, bytes], Array | None]
"""(name, encoded image) → the reference's `tensor`, for servers that are sent tensors."""


@dataclass(frozen=True, kw_only=True)
class ServedTest:
    """A test set that goes through a server."""

    way: Way[Picture]
    script: Mapping[str, Prediction]
    """By image: what the script answered, as metrics/predictions.csv has it."""
    rounded_by: float
    """How far a confidence in there may be from the one that was measured."""
    class_names: tuple[str, ...]
    """In the order of the numbers that are answered."""
    tensor_of: TensorOf = lambda _name, _content: None
    """What is sent to a server that is sent tensors."""
    concurrency: int
    """Requests under way at once."""

    async def run(self, images: Sequence[LabelledPicture], *, whole: int) -> AccuracyRecord:
        """Send ``images``, all of a test set of ``whole`` or a sample; count what comes of it.

        Raises KeyError for an image that the script did not answer.
        """
        way, under_way = PatientWay(self.way), asyncio.Semaphore(self.concurrency)

        async def ask(image: LabelledPicture) -> _Row | UnansweredImage:
            async with under_way:
                return await self._ask(way, image)

        found = await asyncio.gather(*map(ask, images))
        failures = [one for one in found if isinstance(one, UnansweredImage)]
        rows = [one for one in found if isinstance(one, _Row)]
        flips = sorted((one.flip for one in rows if one.flip is not None), key=_worst_first)
        kinds = Counter(flip.kind for flip in flips)
        return AccuracyRecord(
            images=whole,
            asked=len(images),
            answered=len(rows),
            failures=tuple(failures[:LISTED]),
            fixed=kinds["fixed"],
            broken=kinds["broken"],
            other=kinds["other"],
            p_value=mcnemar(kinds["fixed"], kinds["broken"]),
            flips=tuple(flips[:LISTED]),
            accuracy=_accuracies([one.pair for one in rows]),
        )

    async def _ask(
        self, way: PatientWay[Picture], image: LabelledPicture
    ) -> _Row | UnansweredImage:
        script = self.script[image.name]
        try:
            content = await asyncio.to_thread(image.read)
        except OSError as error:
            message = f"the image cannot be read: {error}"
            return UnansweredImage(image=image.name, message=message)
        picture = Picture(
            name=image.name, content=content, tensor=lambda: self.tensor_of(image.name, content)
        )
        (answer,) = await way.each([picture])
        if isinstance(answer, NoAnswerError):
            return UnansweredImage(image=image.name, message=str(answer))
        return self._row(script, answer)

    def _row(self, script: Prediction, answer: Rungs) -> _Row:
        label = answer[LABEL.name].rung.text or ""
        pair = Pair(before=script, after=script.model_copy(update={"predicted": label}))
        if pair.kind is None:
            return _Row(pair=pair, flip=None)
        numbers = _Numbers.of(answer, self.class_names)
        step, gap = numbers.gap(label, script, self.rounded_by)
        flip = ServedFlip(
            kind=pair.kind,
            image=script.image,
            label=script.label,
            script=script.predicted,
            served=label,
            script_confidence=script.confidence,
            served_confidence=numbers.confidence(label),
            step=step,
            gap=gap,
        )
        return _Row(pair=pair, flip=flip)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One image, answered by both; its numbers are not kept."""

    pair: Pair
    flip: ServedFlip | None
    """None when the class is the same."""


@dataclass(frozen=True, kw_only=True)
class _Numbers:
    """What a server tells of each class, if it does."""

    step: str | None
    by_class: Mapping[str, float]

    @classmethod
    def of(cls, answer: Rungs, class_names: Sequence[str]) -> _Numbers:
        for step in (PROBABILITIES.name, LOGITS.name):
            array = answer[step].array if step in answer else None
            if array is not None:
                flat = (float(number) for number in array.reshape(-1))
                return cls(step=step, by_class=dict(zip(class_names, flat, strict=False)))
        return cls(step=None, by_class={})

    def gap(self, label: str, script: Prediction, rounded_by: float) -> tuple[str, float]:
        """A rung, and how far apart the two classes are there at least; as far as can be when one
        of them is no class of the model, or a number is not finite."""
        if self.step is None:
            # The other class has at most what the script's own one leaves
            return PROBABILITIES.name, max(0.0, 2 * (script.confidence - rounded_by) - 1)
        one, other = (self.by_class.get(name, np.nan) for name in (label, script.predicted))
        gap = abs(one - other)
        return (self.step, gap) if np.isfinite(gap) else (PROBABILITIES.name, 1.0)

    def confidence(self, label: str) -> float | None:
        share = self.by_class.get(label) if self.step == PROBABILITIES.name else None
        return share if share is not None and np.isfinite(share) else None


def _accuracies(pairs: Sequence[Pair]) -> Accuracies | None:
    if not pairs:
        return None
    before, after = [pair.before for pair in pairs], [pair.after for pair in pairs]
    coder = Coder([*before, *after])
    script, served = _rights(coder.answers(before)), _rights(coder.answers(after))
    shares = value_of(accuracy, script), value_of(accuracy, served)
    return Accuracies(
        script=shares[0],
        script_interval=intervals([accuracy], script)[0],
        served=shares[1],
        served_interval=intervals([accuracy], served)[0],
        difference=shares[1] - shares[0],
        difference_interval=change_intervals([accuracy], script, served)[0],
    )


def _rights(answers: Answers) -> Answers:
    """Without confidences, which accuracy does not look at: fewer kinds of images to draw."""
    return replace(answers, confidence=np.zeros(answers.labels.size))


def _worst_first(flip: ServedFlip) -> tuple[int, float, str]:
    sure = flip.script_confidence if flip.served_confidence is None else flip.served_confidence
    return ORDER[flip.kind], -sure, flip.image
