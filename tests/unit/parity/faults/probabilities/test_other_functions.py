from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

from ml_ci.steps import PROBABILITIES
from tests.builders.upper_targets import named, target

WRONG = {
    "softmax-twice": lambda z: softmax(softmax(z, axis=1), axis=1),
    "softmax-missing": lambda z: z,
    "sigmoid": lambda z: expit(z),
    "sigmoid-shares": lambda z: expit(z) / expit(z).sum(axis=1, keepdims=True),
    "log-softmax": lambda z: log_softmax(z, axis=1),
    "softmax-over-images": lambda z: softmax(z, axis=0),
    "softmax-over-one-image": lambda z: np.stack([softmax(one[None], axis=0)[0] for one in z]),
    "exponentials": lambda z: np.exp(z),
    "scores-over-largest": lambda z: np.exp(z - z.max(axis=1)[:, None]),
    "logits-shares": lambda z: z / z.sum(axis=1)[:, None],
    "positive-logits-shares": lambda z: z.clip(0) / z.clip(0).sum(axis=1)[:, None],
    "logits-min-max": lambda z: (
        (z - z.min(axis=1)[:, None]) / (z.max(axis=1) - z.min(axis=1))[:, None]
    ),
    "softmax-with-one": lambda z: np.exp(z) / (1 + np.exp(z).sum(axis=1)[:, None]),
    "largest-only": lambda z: np.eye(z.shape[1])[z.argmax(axis=1)],
    "complement": lambda z: 1 - softmax(z, axis=1),
}


@pytest.mark.parametrize("fault", WRONG)
def test_other_functions__each_is_named_and_no_other(fault: str) -> None:
    seen = target(PROBABILITIES.name, WRONG[fault])
    assert [fault] == [id_ for id_ in WRONG if named(id_, seen)]


@pytest.mark.parametrize("fault", WRONG)
def test_other_functions__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name))


@pytest.mark.parametrize("fault", WRONG)
def test_other_functions__silent_on_a_temperature(fault: str) -> None:
    cooler = target(PROBABILITIES.name, lambda z: softmax(z / np.float32(1.3), axis=1))
    assert [] == named(fault, cooler)


def test_other_functions__what_overflows_is_no_explanation() -> None:
    seen = target(PROBABILITIES.name, lambda z: softmax(z * 0, axis=1))
    large = type(seen)(given=[one * 0 + 1e4 for one in seen.given], made=seen.made)
    with pytest.raises(Exception, match="it overflows"):
        named("exponentials", large)


def test_scores_over_largest__of_probabilities_as_well() -> None:
    """exp(z − max z) is the probability ÷ the largest probability: two ways to one result."""
    seen = target(
        PROBABILITIES.name,
        lambda z: softmax(z, axis=1) / softmax(z, axis=1).max(axis=1)[:, None],
    )
    assert ["scores-over-largest"] == [id_ for id_ in WRONG if named(id_, seen)]
