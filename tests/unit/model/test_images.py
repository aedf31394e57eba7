"""Labelled images in memory."""

from __future__ import annotations

import numpy as np
import pytest

from ml_ci.model.images import LabelledImages
from tests.builders.model import noisy, stripes


def test_images__refuse_lists_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="1 names, 2 images, 2 labels"):
        LabelledImages(names=("a",), images=(noisy(2, 2), noisy(2, 2)), labels=np.array([0, 1]))


def test_images__are_counted() -> None:
    assert 6 == len(stripes(6))


def test_sha256__is_the_same_for_the_same_images() -> None:
    assert stripes(6).sha256 == stripes(6).sha256


@pytest.mark.parametrize("change", ["name", "pixel", "shape", "label"])
def test_sha256__sees_every_change(change: str) -> None:
    image = noisy(2, 6)
    changed = image.copy()
    changed[1, 5, 2] += 1
    before = LabelledImages(names=("a",), images=(image,), labels=np.array([0]))
    after = LabelledImages(
        names=("b" if change == "name" else "a",),
        images=({"pixel": changed, "shape": image.reshape(6, 2, 3)}.get(change, image),),
        labels=np.array([1 if change == "label" else 0]),
    )
    assert before.sha256 != after.sha256
