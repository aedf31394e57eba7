from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from ml_ci.steps import PROBABILITIES
from tests.builders.upper_targets import named, target


def beside(z: np.ndarray, logit: float) -> np.ndarray:
    extra = np.full((len(z), 1), logit, np.float32)
    return softmax(np.concatenate([z, extra], axis=1), axis=1)


def test_background__its_logit_is_estimated() -> None:
    [variant] = named("background-class", target(PROBABILITIES.name, lambda z: beside(z, -1.3)))
    assert "one class more, behind the last, with the logit -1.3" == variant.said


def test_background__never_probable() -> None:
    seen = target(PROBABILITIES.name, lambda z: np.pad(softmax(z, axis=1), ((0, 0), (1, 0))))
    [variant] = named("background-class", seen)
    assert "one class more, before the first, never probable" == variant.said


def test_background__silent_on_the_clean_side() -> None:
    assert [] == named("background-class", target(PROBABILITIES.name))


@pytest.mark.parametrize("width", [2, 4, 7])
def test_background__silent_on_another_number_of_classes(width: int) -> None:
    seen = target(PROBABILITIES.name, lambda z: softmax(np.ones((len(z), width)), axis=1))
    assert [] == named("background-class", seen)


def test_background__silent_on_a_class_that_depends_on_the_image() -> None:
    seen = target(
        PROBABILITIES.name,
        lambda z: softmax(np.concatenate([z, z[:, :1] * 2], axis=1), axis=1),
    )
    assert [] == named("background-class", seen)
