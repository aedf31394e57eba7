"""Metrics: value, base, change."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ml_ci.artifacts.evaluation import Metrics
from ml_ci.changes.metrics import metric_changes
from ml_ci.changes.pairing import Side, pairs_of
from ml_ci.changes.result import MetricChange
from tests.builders.changes import METRICS, answered, prediction, side

NOW = Metrics(
    images=100, accuracy=0.99, macro_f1=0.98, expected_calibration_error=0.03, log_loss=0.2
)
NOTHING = side()


def changed(
    before: Side, after: Side, base: Mapping[str, float] | None = METRICS
) -> dict[str, MetricChange]:
    found = metric_changes(
        NOW,
        after.predictions,
        base,
        before.predictions,
        pairs_of(before, after),
        bins=10,
        classes=2,
    )
    return {one.name: one for one in found}


def test_change__of_accuracy_is_that_of_the_pairs() -> None:
    accuracy = changed(*answered(97, fixed=2, broken=1))["accuracy"]

    assert [0.99, 0.5, 0.01] == pytest.approx([accuracy.value, accuracy.base, accuracy.change])


def test_change__interval_of_noise_holds_nought() -> None:
    interval = changed(*answered(97, fixed=2, broken=1))["accuracy"].change_interval

    assert interval is not None
    assert interval.low < 0 < interval.high


def test_change__counts_only_images_that_both_have() -> None:
    before, after = answered(8, broken=2)
    more = [prediction(f"new/{n}.png", "cat", "dog") for n in range(90)]

    accuracy = changed(before, side(*after.predictions, *more))["accuracy"]

    assert pytest.approx(-0.2) == accuracy.change


def test_value__lies_in_its_interval_whatever_confidences_were_rounded_to() -> None:
    error = changed(*answered(97, fixed=2, broken=1))["expected calibration error"]

    assert error.interval is not None
    assert error.interval.low <= error.value <= error.interval.high


@pytest.mark.parametrize("name", ["accuracy", "macro F1", "expected calibration error", "log loss"])
def test_metrics__without_a_base_have_a_value_alone(name: str) -> None:
    one = changed(NOTHING, answered(3)[1], base=None)[name]

    assert (None, None, None) == (one.base, one.change, one.change_interval)


def test_log_loss__has_no_interval_and_says_why() -> None:
    loss = changed(*answered(97, fixed=3))["log loss"]

    assert pytest.approx(-0.5) == loss.change
    assert (None, True) == (loss.interval, loss.note.startswith("no interval: metrics/predict"))


def test_log_loss__of_other_test_images_is_not_compared() -> None:
    before, after = answered(10)

    loss = changed(before, side(*after.predictions, prediction("new.png", "cat")))["log loss"]

    assert (None, True) == (
        loss.change,
        loss.note.endswith("no change: the test images are not the same"),
    )


def test_metrics__of_a_class_that_only_the_base_knew_can_be_compared() -> None:
    before = side(prediction("1", "cat", "eel"), prediction("2", "cat"))
    after = side(prediction("1", "cat"), prediction("2", "cat"))

    # F1 by class before: cat 2/3, eel 0; after: cat 1, eel 0
    assert pytest.approx((1 - 2 / 3) / 2) == changed(before, after)["macro F1"].change


def test_accuracy__without_a_mistake_has_no_interval_and_says_why() -> None:
    accuracy = changed(*answered(9))["accuracy"]

    assert (None, "no interval: it is the same whichever of these images are drawn") == (
        accuracy.interval,
        accuracy.note,
    )
