"""Metrics: value now, and beside the base on the same images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sklearn.metrics import f1_score  # type: ignore[import-untyped]

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.changes.metrics import metric_changes
from ml_ci.changes.pairing import Side, pairs_of
from ml_ci.changes.result import Compared, MetricChange
from tests.builders.changes import answered, metrics, prediction, side

NOTHING = side()
NAMES = ["accuracy", "macro F1", "expected calibration error", "log loss"]


def changed(
    before: Side, after: Side, base: Mapping[str, float] | None = None
) -> dict[str, MetricChange]:
    """The base has measured what its answers say unless it is given."""
    measured = metrics(before).model_dump() if before.predictions else None
    found = metric_changes(
        metrics(after),
        after.predictions,
        base or measured,
        before.predictions,
        pairs_of(before, after),
        bins=10,
    )
    return {one.name: one for one in found}


def compared(name: str, before: Side, after: Side) -> Compared:
    found = changed(before, after)[name].compared
    assert found is not None
    return found


def with_more(given: Side, *more: Prediction) -> Side:
    return side(*given.predictions, *more)


def partly(images: int = 90) -> tuple[Side, Side]:
    """Ten images in common, two of them broken; others on both sides, all wrong now."""
    before, after = answered(8, broken=2)
    gone = [prediction(f"gone/{n}.png", "dog") for n in range(5)]
    new = [prediction(f"new/{n}.png", "dog", "cat") for n in range(images)]
    return with_more(before, *gone), with_more(after, *new)


@pytest.mark.parametrize("name", NAMES)
def test_row__of_the_same_images_fits_together(name: str) -> None:
    before, after = answered(97, fixed=2, broken=1)
    exact = metrics(before).model_dump() | {"expected_calibration_error": 0.0312}

    one = changed(before, after, exact)[name]

    assert one.compared is not None
    assert one.value == one.compared.now
    assert one.compared.change == pytest.approx(one.compared.now - one.compared.base, abs=1e-12)


@pytest.mark.parametrize("name", NAMES[:3])
def test_row__of_partly_shared_images_fits_together(name: str) -> None:
    one = compared(name, *partly())

    assert one.change == pytest.approx(one.now - one.base, abs=1e-12)


def test_accuracy__of_the_same_images_is_what_was_measured() -> None:
    one = compared("accuracy", *answered(97, fixed=2, broken=1))

    assert [0.99, 0.98, 0.01] == pytest.approx([one.now, one.base, one.change])


def test_accuracy__of_partly_shared_images_is_compared_on_those() -> None:
    before, after = partly()
    accuracy = changed(before, after)["accuracy"]

    assert accuracy.compared is not None
    assert [0.08, 0.8, 1.0, -0.2] == pytest.approx(
        [accuracy.value, accuracy.compared.now, accuracy.compared.base, accuracy.compared.change]
    )


@pytest.mark.parametrize("name", NAMES[:3])
def test_interval__holds_what_it_is_about(name: str) -> None:
    before, after = answered(80, fixed=12, broken=8)
    one = compared(name, with_more(before, prediction("gone", "dog")), after)

    for value, interval in (
        (one.now, one.now_interval),
        (one.base, one.base_interval),
        (one.change, one.change_interval),
    ):
        assert interval is None or interval.low <= value <= interval.high


def test_change__interval_of_noise_holds_nought() -> None:
    interval = compared("accuracy", *answered(97, fixed=2, broken=1)).change_interval

    assert interval is not None
    assert interval.low < 0 < interval.high


def test_change__of_calibration_is_that_of_what_was_measured() -> None:
    """The confidences of both sides are rounded; what was measured was not."""
    before, after = answered(80, fixed=12, broken=8)
    exact = metrics(before).model_dump() | {"expected_calibration_error": 0.1312}

    one = changed(before, after, exact)["expected calibration error"].compared

    assert one is not None
    assert one.change == pytest.approx(-0.0312)
    assert one.change_interval is not None
    assert one.change_interval.low <= one.change <= one.change_interval.high


def test_value__lies_in_its_interval_whatever_confidences_were_rounded_to() -> None:
    error = changed(*answered(97, fixed=2, broken=1))["expected calibration error"]

    assert error.interval is not None
    assert error.interval.low <= error.value <= error.interval.high


@pytest.mark.parametrize("name", NAMES)
def test_metrics__without_a_base_have_a_value_alone(name: str) -> None:
    assert None is changed(NOTHING, answered(3)[1])[name].compared


@pytest.mark.parametrize("name", NAMES)
def test_metrics__without_a_shared_image_are_not_compared(name: str) -> None:
    before, after = side(prediction("1", "cat")), side(prediction("2", "cat"))

    assert None is changed(before, after)[name].compared


def test_metrics__of_renamed_images_are_those_of_the_same_images() -> None:
    before, after = answered(10)
    renamed = [replace_name(row) for row in after.predictions]
    manifest = [
        replace(entry, path=f"test/new-{entry.path.removeprefix('test/')}")
        for entry in after.manifest
    ]

    loss = changed(before, Side(predictions=renamed, manifest=manifest))["log loss"]

    assert loss.compared is not None


def replace_name(row: Prediction) -> Prediction:
    return row.model_copy(update={"image": f"new-{row.image}"})


def test_log_loss__has_no_interval_and_says_why() -> None:
    loss = changed(*answered(97, fixed=3))["log loss"]

    assert loss.compared is not None
    assert pytest.approx(-0.03) == loss.compared.change
    assert (None, True) == (loss.interval, loss.note.startswith("no interval: metrics/predict"))


def test_log_loss__of_other_test_images_is_not_compared() -> None:
    before, after = answered(10)

    loss = changed(before, with_more(after, prediction("new.png", "cat")))["log loss"]

    assert None is loss.compared
    assert loss.note.endswith(
        "not compared: for that the test images would have to be the same, all of them"
    )


def test_macro_f1__is_the_mean_over_classes_that_the_shared_images_have() -> None:
    """Dogs are only among the images that one side has: they do not count as a class found by
    nobody."""
    one = compared("macro F1", *partly())

    # Cats: eight of ten found, nothing else taken for one
    assert (1, 1.0) == (one.classes, one.base)
    assert 16 / 18 == pytest.approx(one.now)


def test_macro_f1__of_a_class_that_only_the_base_knew_can_be_compared() -> None:
    before = side(prediction("1", "cat", "eel"), prediction("2", "cat"), prediction("3", "dog"))
    after = side(prediction("1", "cat"), prediction("2", "cat"), prediction("4", "dog"))

    one = compared("macro F1", before, after)

    # An answer that is no class of these images is a mistake about the cat, and no class more
    assert [1, 2 / 3] == pytest.approx([one.now, one.base])


def test_macro_f1__of_shared_images_is_that_of_scikit_learn() -> None:
    rows = [(f"{n}", "cat" if n % 3 else "dog") for n in range(30)]
    before = side(*(prediction(n, label, "cat") for n, label in rows), prediction("x", "eel"))
    after = side(
        *(prediction(n, label, label if int(n) % 5 else "dog") for n, label in rows),
        prediction("y", "eel"),
    )
    labels = [label for _, label in rows]
    expected = [
        f1_score(labels, answers, average="macro", labels=["cat", "dog"])
        for answers in (
            [label if int(n) % 5 else "dog" for n, label in rows],
            ["cat"] * len(rows),
        )
    ]

    one = compared("macro F1", before, after)

    assert expected == pytest.approx([one.now, one.base])


def test_macro_f1__interval_is_not_pulled_down_by_classes_that_are_not_there() -> None:
    """Ninety of ninety cats are found on both sides; dogs and eels are elsewhere."""
    shared = [prediction(f"{n}", "cat", "cat" if n else "dog") for n in range(90)]
    before = side(*shared, prediction("gone", "dog"))
    after = side(*shared, *(prediction(f"new {n}", "eel", "cat") for n in range(9)))

    interval = compared("macro F1", before, after).now_interval

    assert interval is not None
    assert interval.low > 0.95


def test_accuracy__without_a_mistake_has_no_interval_and_says_why() -> None:
    accuracy = changed(*answered(9))["accuracy"]

    assert (None, "no interval: it is the same whichever of these images are drawn") == (
        accuracy.interval,
        accuracy.note,
    )
