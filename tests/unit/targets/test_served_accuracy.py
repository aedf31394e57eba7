"""Accuracy through a server: paired with the script's; flips and failures are told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.inquiry import AccuracyRecord, ServedFlip
from ml_ci.artifacts.paired import LISTED
from ml_ci.chance.pairing import mcnemar
from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.rung import Array
from ml_ci.targets.labelled import LabelledPicture
from ml_ci.targets.requests import Picture
from ml_ci.targets.served_accuracy import ServedTest
from tests.builders.inquiry import CLASS_NAMES, answer

CAT, DOG, EEL = answer(0.75, 0.25, 0), answer(0.25, 0.75, 0), answer(0.25, 0.0, 0.75)
SAYS = {"cat": CAT, "dog": DOG, "eel": EEL}


class Served:
    """Answers each picture with what stands beside its content."""

    def __init__(self, answers: Mapping[bytes, Rungs | str], *, gone: bool = False) -> None:
        self._answers = answers
        self._gone = gone
        self.asked: list[Picture] = []

    def why_alone(self, _picture: Picture, /) -> str | None:
        return None

    async def ask(self, pictures: Sequence[Picture], /) -> Sequence[Rungs]:
        self.asked += pictures
        await asyncio.sleep(0)
        (found,) = (self._answers[picture.content] for picture in pictures)
        if isinstance(found, str):
            raise NoAnswerError(found, gone=self._gone)
        return [found]


def prediction(image: str, label: str, predicted: str, confidence: float = 0.75) -> Prediction:
    return Prediction(image=image, label=label, predicted=predicted, confidence=confidence)


def picture(name: str, label: str, read: Callable[[], bytes] | None = None) -> LabelledPicture:
    return LabelledPicture(name=name, label=label, read=read or name.encode)


def run(
    rows: Sequence[tuple[str, str, Rungs | str]], *, whole: int | None = None, **changes: Any
) -> AccuracyRecord:
    """(label, script's class, answer or failure) of images called 0, 1, 2…"""
    confidence = changes.pop("confidence", 0.75)
    gone = changes.pop("gone", False)
    script = {
        str(index): prediction(str(index), label, said, confidence)
        for index, (label, said, _) in enumerate(rows)
    }
    answers = {str(index).encode(): found for index, (_, _, found) in enumerate(rows)}
    test = ServedTest(
        way=Served(answers, gone=gone),
        script=script,
        rounded_by=0.005,
        class_names=CLASS_NAMES,
        concurrency=4,
        **changes,
    )
    images = [picture(str(index), label) for index, (label, _, _) in enumerate(rows)]
    return asyncio.run(test.run(images, whole=len(rows) if whole is None else whole))


def only_flip(*, answered: Rungs, **changes: Any) -> ServedFlip:
    (flip,) = run([("cat", "cat", answered)], **changes).flips
    return flip


def test_run__both_the_same() -> None:
    record = run([("cat", "cat", CAT), ("dog", "cat", CAT), ("dog", "dog", DOG)])

    assert record.accuracy is not None
    assert (2 / 3, 2 / 3, 0.0) == (
        record.accuracy.script,
        record.accuracy.served,
        record.accuracy.difference,
    )
    assert (3, 3, 3, (), (), 1.0) == (
        record.images,
        record.asked,
        record.answered,
        record.flips,
        record.failures,
        record.p_value,
    )
    assert None is record.accuracy.difference_interval


def test_run__counts_flips_both_ways() -> None:
    rows = [("cat", "cat", DOG)] * 9 + [("cat", "dog", CAT)] + [("cat", "dog", EEL)] * 2
    rows += [("cat", "cat", CAT)] * 8

    record = run(rows)

    assert (9, 1, 2) == (record.broken, record.fixed, record.other)
    assert mcnemar(1, 9) == record.p_value
    accuracy = record.accuracy
    assert accuracy is not None
    assert accuracy.difference_interval is not None
    assert (17 / 20, 9 / 20) == (accuracy.script, accuracy.served)
    assert accuracy.difference == pytest.approx(-8 / 20)
    assert accuracy.difference_interval.low < -8 / 20 < accuracy.difference_interval.high < 0


def test_run__the_difference_is_drawn_in_pairs() -> None:
    """Images that are hard for both must not widen the interval of the difference."""
    rows = [("cat", "cat", DOG)] + [("cat", "dog", DOG), ("cat", "cat", CAT)] * 20

    accuracy = run(rows).accuracy

    assert accuracy is not None
    assert accuracy.difference_interval is not None
    assert accuracy.served_interval is not None
    width, alone = (
        one.high - one.low for one in (accuracy.difference_interval, accuracy.served_interval)
    )
    assert width < alone / 2


def test_flip__says_what_both_sides_answer() -> None:
    expected = ServedFlip(
        kind="broken",
        image="0",
        label="cat",
        script="cat",
        served="dog",
        script_confidence=0.75,
        served_confidence=0.75,
        step="probabilities",
        gap=0.5,
    )

    assert expected == only_flip(answered=DOG)


@pytest.mark.parametrize(
    ("answered", "confidence", "expected"),
    [
        pytest.param(answer(0.5, 0.4375, 0, label="dog"), 0.75, 0.0625, id="a-label-of-its-own"),
        pytest.param(answer(label="dog", logits=[1, 3, 0]), 0.75, 2.0, id="logits"),
        pytest.param(answer(0.75, 0.25, 0, label="tiger"), 0.75, 1.0, id="no-class"),
        pytest.param(answer(float("nan"), 1, 0, label="dog"), 0.75, 1.0, id="NaN"),
        pytest.param(answer(label="dog"), 0.75, 0.49, id="label-alone"),
        pytest.param(answer(label="dog"), 0.5, 0.0, id="label-alone-unsure"),
    ],
)
def test_flip__says_how_far_apart_the_classes_are(
    answered: Rungs, confidence: float, expected: float
) -> None:
    flip = only_flip(answered=answered, confidence=confidence)

    assert expected == pytest.approx(flip.gap)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        pytest.param(DOG, ("probabilities", 0.75), id="probabilities"),
        pytest.param(answer(label="dog", logits=[1, 3, 0]), ("logits", None), id="logits"),
        pytest.param(answer(label="dog"), ("probabilities", None), id="label"),
    ],
)
def test_flip__has_the_confidence_that_is_told(
    answered: Rungs, expected: tuple[str, float | None]
) -> None:
    flip = only_flip(answered=answered)

    assert expected == (flip.step, flip.served_confidence)


def test_flips__are_the_broken_then_the_surest_first() -> None:
    sure = answer(0.125, 0.875, 0)
    rows = [("cat", "dog", CAT), ("cat", "cat", DOG), ("cat", "cat", sure), ("cat", "dog", EEL)]

    assert ["2", "1", "0", "3"] == [flip.image for flip in run(rows).flips]


def test_flips__and_failures_are_bounded_but_counted() -> None:
    rows: list[tuple[str, str, Rungs | str]] = [("cat", "cat", DOG)] * (LISTED + 1)
    rows += [("cat", "cat", "status 500")] * (LISTED + 2)

    record = run(rows)

    assert (LISTED, LISTED + 1) == (len(record.flips), record.broken)
    assert (LISTED, LISTED + 1) == (len(record.failures), record.answered)


def test_run__failures_are_told_and_no_part_of_the_numbers() -> None:
    record = run([("cat", "cat", CAT), ("cat", "dog", "status 500"), ("dog", "dog", "no")], whole=9)

    assert (9, 3, 1) == (record.images, record.asked, record.answered)
    assert [("1", "status 500"), ("2", "no")] == [
        (one.image, one.message) for one in record.failures
    ]
    assert record.accuracy is not None
    assert 1.0 == record.accuracy.script


def test_run__without_an_answer_has_no_accuracy() -> None:
    record = run([("cat", "cat", "status 500")])

    assert (None, 0, 1.0) == (record.accuracy, record.answered, record.p_value)


def test_run__gives_up_on_a_server_that_is_gone() -> None:
    record = run([("cat", "cat", "no answer")] * 40, gone=True)

    assert "given up after 3 in a row: no answer" == record.failures[-1].message
    assert 40 == record.asked - record.answered


def test_run__an_unreadable_image_is_a_failure() -> None:
    def unreadable() -> bytes:
        raise OSError("gone from the disk")

    test = ServedTest(
        way=Served({b"b": CAT}),
        script={name: prediction(name, "cat", "cat") for name in "ab"},
        rounded_by=0.0,
        class_names=CLASS_NAMES,
        concurrency=4,
    )
    images = [picture("a", "cat", unreadable), picture("b", "cat")]

    record = asyncio.run(test.run(images, whole=2))

    assert [("a", "the image cannot be read: gone from the disk")] == [
        (one.image, one.message) for one in record.failures
    ]
    assert 1 == record.answered


def test_run__an_image_that_the_script_did_not_answer_is_a_bug() -> None:
    test = ServedTest(
        way=Served({}), script={}, rounded_by=0.0, class_names=CLASS_NAMES, concurrency=4
    )

    with pytest.raises(KeyError):
        asyncio.run(test.run([picture("a", "cat")], whole=1))


def test_run__reads_at_most_as_many_images_as_are_under_way() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def read() -> bytes:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        return b"x"

    class Counting(Served):
        async def ask(self, _pictures: Sequence[Picture], /) -> Sequence[Rungs]:
            nonlocal under_way
            await asyncio.sleep(0.001)
            with lock:
                under_way -= 1
            return [CAT]

    test = ServedTest(
        way=Counting({}),
        script={str(index): prediction(str(index), "cat", "cat") for index in range(30)},
        rounded_by=0.0,
        class_names=CLASS_NAMES,
        concurrency=3,
    )
    asyncio.run(test.run([picture(str(index), "cat", read) for index in range(30)], whole=30))

    assert 3 == most


def test_run__makes_the_tensor_of_an_image() -> None:
    def tensor_of(name: str, content: bytes) -> Array:
        return np.frombuffer(content + name.encode(), np.uint8)

    way = Served({b"0": CAT})
    test = ServedTest(
        way=way,
        script={"0": prediction("0", "cat", "cat")},
        rounded_by=0.0,
        class_names=CLASS_NAMES,
        concurrency=4,
        tensor_of=tensor_of,
    )
    asyncio.run(test.run([picture("0", "cat")], whole=1))

    tensor = way.asked[0].tensor()
    assert tensor is not None
    assert b"00" == tensor.tobytes()
