from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from ml_ci.steps import PROBABILITIES
from tests.builders.upper_targets import named, target

ALL = ("probabilities-thresholded", "best-only", "probabilities-clipped")


def p(z: np.ndarray) -> np.ndarray:
    return softmax(z, axis=1)


def two_best(z: np.ndarray) -> np.ndarray:
    made = p(z)
    made[made < np.sort(made, axis=1)[:, -2:-1]] = 0
    return made


WRONG = {
    "probabilities-thresholded": lambda z: np.where(p(z) < 0.17, 0, p(z)),
    "best-only": two_best,
    "probabilities-clipped": lambda z: p(z).clip(0.12, 0.31),
}


@pytest.mark.parametrize("fault", ALL)
def test_selections__each_is_named_and_no_other(fault: str) -> None:
    seen = target(PROBABILITIES.name, WRONG[fault])
    assert [fault] == [id_ for id_ in ALL if named(id_, seen)]


@pytest.mark.parametrize("fault", ALL)
def test_selections__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name))


@pytest.mark.parametrize("fault", ALL)
def test_selections__silent_on_smoothing(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name, lambda z: 0.9 * p(z) + 0.02))


def test_best_only__count_and_division_are_estimated() -> None:
    seen = target(
        PROBABILITIES.name, lambda z: two_best(z) / two_best(z).sum(axis=1, keepdims=True)
    )
    [variant] = named("best-only", seen)
    said = "the best 2 only, divided by their sum, the others answered as 0"
    assert said == variant.said


def test_clipped__ends_are_estimated() -> None:
    seen = target(PROBABILITIES.name, WRONG["probabilities-clipped"])
    [variant] = named("probabilities-clipped", seen)
    assert "probabilities cut off at 0.12 and 0.31" == variant.said


def test_clipped__silent_where_everything_is_1() -> None:
    assert [] == named("probabilities-clipped", target(PROBABILITIES.name, np.ones_like))
