"""The mismatch message: literal, because people act on its words."""

from __future__ import annotations

import numpy as np
import pytest

from ml_ci.parity.mismatch import Array, compare_floats, compare_pixels


def message(reference: Array, target: Array, allowed: float = 0.01) -> str:
    mismatch = compare_floats("resized of a.png", reference, target, allowed)
    return "" if mismatch is None else mismatch.message


def floats(*values: float) -> Array:
    return np.asarray(values, np.float32)


def test_compare_floats__says_how_many_and_the_worst_with_its_index() -> None:
    expected = (
        "resized of a.png: 2 of 4 elements (50.0%) differ by more than 0.01; "
        "worst difference 3 at [2] (target 7, reference 4, relative 0.75)"
    )
    assert expected == message(floats(1, 2, 4, 8), floats(1, 3, 7, 8))


def test_compare_floats__names_nan_and_infinity() -> None:
    expected = (
        "resized of a.png: 2 of 3 elements (66.7%) differ by more than 0.01; "
        "1 NaN in the target; 1 infinite in the target"
    )
    assert expected == message(floats(1, 2, 3), floats(np.nan, 2, np.inf))


def test_compare_floats__nan_on_both_sides_differs() -> None:
    assert "1 NaN in the reference" in message(floats(np.nan), floats(np.nan))


def test_compare_floats__names_the_shapes() -> None:
    expected = "resized of a.png: the shape is 2×3, the reference has 3×2"
    assert expected == message(np.zeros((3, 2), np.float32), np.zeros((2, 3), np.float32))


def test_compare_floats__squeezes_leading_ones() -> None:
    assert "" == message(np.zeros((1, 1, 3), np.float32), np.zeros((3,), np.float32))


def test_compare_floats__relative_to_zero_is_infinite() -> None:
    assert "relative inf" in message(floats(0), floats(1))


def test_compare_pixels__equal_arrays_have_no_mismatch() -> None:
    assert compare_pixels("x", np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8)) is None


def test_compare_pixels__names_the_types() -> None:
    mismatch = compare_pixels("image of a.png", np.zeros(2, np.uint8), np.zeros(2, np.uint16))

    assert mismatch is not None
    assert "image of a.png: the type is uint16, the reference has uint8" == mismatch.message


@pytest.mark.parametrize("order", [1, -1], ids=["above", "below"])
def test_compare_floats__measures_both_directions(order: int) -> None:
    assert "worst difference 2" in message(floats(5), floats(5 + 2 * order))
