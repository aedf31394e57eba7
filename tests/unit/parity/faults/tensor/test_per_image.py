from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.steps import TENSOR
from tests.builders.upper_targets import named, target

MEAN = np.asarray([0.4, 0.5, 0.6], np.float32)[:, None, None]
STD = np.asarray([0.2, 0.25, 0.3], np.float32)[:, None, None]


def each(function: Any) -> Any:
    """One (C, S, S) after the other."""
    return lambda x: np.stack([function(one.astype(np.float64)) for one in x])


def stretched(one: Any) -> Any:
    """Channel by channel, like PIL's autocontrast."""
    flat = one.reshape(len(one), -1)
    low, high = flat.min(axis=1)[:, None, None], flat.max(axis=1)[:, None, None]
    return ((one - low) / np.maximum(high - low, 1e-9) - MEAN) / STD


WRONG: dict[str, tuple[Any, str]] = {
    "standardised-per-image": (
        each(lambda one: (one - one.mean()) / max(one.std(), 768**-0.5)),
        "standardised by mean and std of each image",
    ),
    "stretched-per-image": (
        each(stretched),
        "stretched to the smallest and largest of each channel, then mean and std",
    ),
    "divided-by-largest": (
        each(lambda one: one / one.max()),
        "divided by the largest of each image",
    ),
    "mean-of-each-image": (
        each(lambda one: one / 255 - (one / 255).mean()),
        "÷255, less the mean of each image",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_per_image__each_is_named_and_no_other(fault: str) -> None:
    written, said = WRONG[fault]
    seen = target(TENSOR.name, written)
    found = {id_: named(id_, seen) for id_ in WRONG}
    assert [fault] == [id_ for id_, variants in found.items() if variants]
    assert [said] == [variant.said for variant in found[fault]]


@pytest.mark.parametrize("fault", WRONG)
def test_per_image__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name))


@pytest.mark.parametrize("fault", WRONG)
def test_per_image__silent_on_the_statistics_of_all_images(fault: str) -> None:
    seen = target(TENSOR.name, lambda x: (x - x.mean()) / x.std())
    assert [] == named(fault, seen)
