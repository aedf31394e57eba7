"""Metrics against numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from ml_ci.artifacts.evaluation import Evaluation, Prediction
from ml_ci.errors import UserError
from ml_ci.model.classifier import Ladder
from ml_ci.model.evaluation import (
    calibration,
    evaluate,
    expected_calibration_error,
    metrics_of,
    predict,
)
from ml_ci.model.images import LabelledImages
from tests.builders.model import (
    CLASS_NAMES,
    ladder,
    preprocess_settings,
    small_network,
    stripes,
)


def result(count: int = 12) -> tuple[Evaluation, tuple[Prediction, ...]]:
    other = Ladder(preprocess_settings(), small_network(seed=9), CLASS_NAMES)
    return evaluate(ladder(), other, stripes(count), calibration_bins=5)


def rows(*first: float) -> np.ndarray:
    """Probabilities of two classes, N×2."""
    return np.array([[p, 1 - p] for p in first], np.float32)


def test_metrics__by_hand() -> None:
    # answers 0 0 1 1, truth 0 1 1 1: class 0 F1 = 2/3, class 1 F1 = 4/5
    metrics = metrics_of(np.array([0, 1, 1, 1]), rows(0.9, 0.6, 0.2, 0.3), 10)
    losses = [-math.log(p) for p in (0.9, 0.4, 0.8, 0.7)]
    expected = (4, 0.75, (2 / 3 + 4 / 5) / 2, sum(losses) / 4)
    actual = (metrics.images, metrics.accuracy, metrics.macro_f1, metrics.log_loss)
    assert pytest.approx(expected, rel=1e-6) == actual


def test_calibration_error__by_hand() -> None:
    # bins (0.5, 0.75] and (0.75, 1]: one image 0.6 right; 0.8 right and 0.9 wrong
    labels = np.array([0, 0, 1])
    expected = (1 * abs(1 - 0.6) + 2 * abs(0.5 - 0.85)) / 3
    bins = calibration(labels, rows(0.6, 0.8, 0.9), 4)
    assert pytest.approx(expected, rel=1e-6) == expected_calibration_error(bins)


def test_calibration__counts_a_confidence_on_an_edge_with_the_bin_below() -> None:
    bins = calibration(np.array([0, 0, 0]), rows(0.75, 0.875, 1.0), 4)
    assert [(0.75, 1), (0.9375, 2)] == [(one.confidence, one.images) for one in bins]


@pytest.mark.parametrize(("label", "expected"), [(0, 0.2), (1, 0.8)], ids=["right", "wrong"])
def test_calibration_error__when_every_answer_is_the_same(label: int, expected: float) -> None:
    bins = calibration(np.full(3, label), rows(0.8, 0.8, 0.8), 10)
    assert pytest.approx(expected) == expected_calibration_error(bins)


def test_metrics__of_a_class_nobody_predicts_are_zero_without_a_warning() -> None:
    assert pytest.approx(1 / 3) == metrics_of(np.array([0, 1]), rows(0.9, 0.9), 10).macro_f1


def test_evaluate__counts_every_image_by_true_and_predicted_class() -> None:
    outcome, predictions = result()
    expected = [[0, 0], [0, 0]]
    for prediction in predictions:
        row, column = (CLASS_NAMES.index(n) for n in (prediction.label, prediction.predicted))
        expected[row][column] += 1
    assert tuple(map(tuple, expected)) == outcome.confusion


def test_evaluate__reports_each_class_with_its_support() -> None:
    assert [("down", 6), ("across", 6)] == [(one.name, one.support) for one in result()[0].classes]


def test_evaluate__recall_is_the_diagonal_of_the_confusion() -> None:
    outcome, _ = result()
    expected = [row[index] / sum(row) for index, row in enumerate(outcome.confusion)]
    assert pytest.approx(expected) == [one.recall for one in outcome.classes]


def test_evaluate__gives_a_class_nobody_predicts_a_precision_of_zero() -> None:
    network = small_network()
    with torch.no_grad():
        network.get_parameter("5.bias")[:] = torch.tensor([100.0, 0.0])
    always_down = Ladder(preprocess_settings(), network, CLASS_NAMES)
    outcome, _ = evaluate(always_down, ladder(), stripes(12), calibration_bins=5)
    assert [0.5, 0.0] == [one.precision for one in outcome.classes]


def test_evaluate__measures_the_untrained_network_apart() -> None:
    other = Ladder(preprocess_settings(), small_network(seed=9), CLASS_NAMES)
    swapped, _ = evaluate(other, ladder(), stripes(12), calibration_bins=5)
    outcome, _ = result()
    assert (outcome.metrics, outcome.untrained) == (swapped.untrained, swapped.metrics)


def test_evaluate__gives_the_confidence_of_the_answer() -> None:
    expected = predict(ladder(), stripes(12)).max(axis=1).tolist()
    assert expected == [prediction.confidence for prediction in result()[1]]


def test_evaluate__answers_in_the_order_of_the_images() -> None:
    assert list(stripes(12).names) == [prediction.image for prediction in result()[1]]


def test_predict__is_the_same_for_an_image_alone_and_among_others() -> None:
    images = stripes(5)
    alone = LabelledImages(
        names=images.names[3:4], images=images.images[3:4], labels=images.labels[3:4]
    )
    assert predict(ladder(), images)[3].tolist() == predict(ladder(), alone)[0].tolist()


def test_predict__names_the_image_whose_answer_is_not_finite() -> None:
    network = small_network()
    with torch.no_grad():
        network.get_parameter("5.bias")[0] = float("nan")
    broken = Ladder(preprocess_settings(), network, CLASS_NAMES)
    with pytest.raises(UserError) as raised:
        predict(broken, stripes(2))
    assert "image 000.png" == raised.value.where


def test_evaluate__needs_images() -> None:
    nothing: Any = LabelledImages(names=(), images=(), labels=np.zeros(0, np.int64))
    with pytest.raises(UserError, match="no image to evaluate on"):
        evaluate(ladder(), ladder(), nothing, calibration_bins=5)
