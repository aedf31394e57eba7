"""Resampling: the same values as scikit-learn's, the same intervals as scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score  # type: ignore[import-untyped]

from ml_ci.chance.resampling import (
    Answers,
    Metric,
    accuracy,
    change_intervals,
    expected_calibration_error,
    intervals,
    macro_f1,
    value_of,
)
from ml_ci.model.evaluation import calibration
from ml_ci.model.evaluation import expected_calibration_error as measured_error

CLASSES, BINS = 4, 10
METRICS = pytest.mark.parametrize(
    "metric",
    [
        pytest.param(accuracy, id="accuracy"),
        pytest.param(macro_f1(CLASSES), id="macro-f1"),
        pytest.param(expected_calibration_error(BINS), id="calibration"),
    ],
)


def answers(share: float = 0.8, images: int = 300, seed: int = 0) -> Answers:
    """About ``share`` and a bit right, of four classes."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, images)
    guesses = random.integers(0, CLASSES, images)
    predicted = np.where(random.random(images) < share, labels, guesses)
    confidence = np.round(random.uniform(0.5, 1, images), 2)
    return Answers(labels=labels, predicted=predicted, confidence=confidence)


def test_macro_f1__is_that_of_scikit_learn() -> None:
    given = answers()

    expected = f1_score(given.labels, given.predicted, average="macro")
    assert expected == pytest.approx(value_of(macro_f1(CLASSES), given))


def test_macro_f1__is_the_mean_over_the_classes_that_have_an_image() -> None:
    given = answers()
    predicted = given.predicted.copy()
    predicted[:9] = CLASSES  # a class without an image: an answer that is nothing but wrong
    given = Answers(labels=given.labels, predicted=predicted, confidence=given.confidence)

    expected = f1_score(given.labels, predicted, average="macro", labels=range(CLASSES))
    assert expected == pytest.approx(value_of(macro_f1(CLASSES + 2), given))


def test_calibration_error__is_the_one_evaluate_measures() -> None:
    given = answers()
    rest = (1 - given.confidence) / (CLASSES - 1)
    probabilities = np.repeat(rest[:, None], CLASSES, axis=1)
    probabilities[np.arange(len(rest)), given.predicted] = given.confidence

    expected = measured_error(calibration(given.labels, probabilities, BINS))
    assert expected == pytest.approx(value_of(expected_calibration_error(BINS), given))


@METRICS
def test_interval__is_that_of_scipy(metric: Metric) -> None:
    given = answers()
    scipys = stats.bootstrap(
        (np.arange(given.labels.size),),
        lambda rows: value_of(metric, given.take(rows)),
        vectorized=False,
        n_resamples=500,
        rng=1,
    ).confidence_interval

    (found,) = intervals([metric], given)

    assert found is not None
    width = scipys.high - scipys.low
    assert [scipys.low, scipys.high] == pytest.approx([found.low, found.high], abs=width / 6)


@METRICS
def test_interval__is_the_same_twice(metric: Metric) -> None:
    assert intervals([metric], answers()) == intervals([metric], answers())


def test_interval__of_answers_that_are_all_right_is_none() -> None:
    given = answers()
    right = Answers(
        labels=given.labels, predicted=given.labels, confidence=np.ones(given.labels.size)
    )

    assert (None,) == intervals([accuracy], right)


def test_change__is_drawn_in_pairs() -> None:
    """Both sides wrong on the same images: what they share must not widen the interval."""
    before = answers()
    predicted = before.predicted.copy()
    wrong = np.flatnonzero(predicted != before.labels)[:5]
    predicted[wrong] = before.labels[wrong]
    after = Answers(labels=before.labels, predicted=predicted, confidence=before.confidence)

    (alone,) = intervals([accuracy], after)
    (change,) = change_intervals([accuracy], before, after)

    assert alone is not None
    assert change is not None
    assert (True, True) == (change.low > 0, change.high - change.low < (alone.high - alone.low) / 2)


def test_change__of_the_same_answers_is_none() -> None:
    assert (None,) == change_intervals([accuracy], answers(), answers())
