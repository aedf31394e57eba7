"""Figures of a difference, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml_ci.parity.figures import figures
from ml_ci.parity.result import Figures


def found(target: list[float], reference: list[float], *, picture: bool = False) -> Figures:
    figured = figures(np.asarray(target), np.asarray(reference), picture=picture)
    assert figured is not None
    return figured


def test_figures__of_a_difference() -> None:
    one = found([3.0, 4.5], [3.0, 4.0])

    expected = (0.5, 0.25, 0.125, 0.5 / 2**-21)  # float32 next to 4 is 2^-21 away
    assert expected == (one.largest, one.mean, one.relative, one.ulps)


def test_cosine__of_right_angles_is_zero() -> None:
    assert 0.0 == found([0.0, 2.0], [3.0, 0.0]).cosine


def test_snr__is_in_decibel() -> None:
    assert 20.0 == pytest.approx(found([11.0], [10.0]).snr_db)


def test_psnr__of_pictures_only() -> None:
    both = [found([1.0], [0.0], picture=picture).psnr_db for picture in (True, False)]
    assert [pytest.approx(20 * math.log10(255)), None] == both


def test_figures__that_are_not_defined_are_none() -> None:
    one = found([0.0, 0.0], [0.0, 0.0])
    assert (0.0, 0.0, None, None) == (one.largest, one.relative, one.cosine, one.snr_db)


def test_figures__leave_out_what_is_not_finite() -> None:
    assert 1.0 == found([math.nan, 2.0, math.inf], [1.0, 1.0, 1.0]).largest


@pytest.mark.parametrize(
    ("target", "reference"),
    [
        pytest.param(np.array([np.nan]), np.array([1.0]), id="nothing finite"),
        pytest.param(np.zeros(2), np.zeros(3), id="another shape"),
        pytest.param(np.array(["a"]), np.array([1.0]), id="no numbers"),
    ],
)
def test_figures__of_nothing_comparable(target: np.ndarray, reference: np.ndarray) -> None:
    assert figures(target, reference, picture=False) is None
