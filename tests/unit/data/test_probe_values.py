"""Probe values: what is the same although its digits differ, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ml_ci.data.probe_values import SAME_LEVEL, same_values, tell_levels, worst_level
from ml_ci.data.probes import resize_probes


def test_tell_levels__rounds_to_hundredths() -> None:
    assert "0.13 200.00" == tell_levels([0.126, 199.999])


@pytest.mark.parametrize(
    ("one", "other", "worst"),
    [
        pytest.param("1.00 -2.50", "1.00 -2.00", 0.5, id="levels"),
        pytest.param("1.00", "one", float("inf"), id="words"),
        pytest.param("1.00", "1.00 2.00", float("inf"), id="another number"),
        pytest.param("nan", "1.00", float("inf"), id="NaN"),
        pytest.param("1.00 nan", "1.00 nan", float("inf"), id="NaN after a level"),
    ],
)
def test_worst_level__is(one: str, other: str, worst: float) -> None:
    assert worst == worst_level(one, other)


@pytest.mark.parametrize(
    ("name", "values", "same"),
    [
        pytest.param("python", ["3.11", "3.11"], True, id="one version"),
        pytest.param("python", ["3.11", "3.12"], False, id="two versions"),
        pytest.param("probe jpeg 4:2:0", ["1.00", "1.01"], False, id="a hash like a number"),
        pytest.param("probe resized 9x7", ["1.00", "1.04"], True, id="noise"),
        pytest.param("probe resized 9x7", ["1.00", "1.06"], False, id="beyond noise"),
        pytest.param("probe resized 9x7", ["–", "1.00"], False, id="not told"),
        pytest.param("probe resized 9x7", ["–", "–"], True, id="never told"),
    ],
)
def test_same_values__of(name: str, values: list[str], same: bool) -> None:
    assert same == same_values(name, values)


Resized = NDArray[np.float32]


def resized(image: NDArray[np.uint8], **options: object) -> Resized:
    """3×32×32, antialiased bilinear but for ``options``."""
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    settings = {"mode": "bilinear", "align_corners": False, "antialias": True} | options
    levels: Resized = functional.interpolate(pixels, size=(32, 32), **settings)[0].numpy()  # type: ignore[arg-type]
    return levels


FAULTS = {
    "no antialiasing": lambda image: resized(image, antialias=False),
    "bicubic": lambda image: resized(image, mode="bicubic"),
    "aligned corners": lambda image: resized(image, align_corners=True, antialias=False),
    "nearest": lambda image: resized(image, mode="nearest", align_corners=None, antialias=False),
    "whole levels": lambda image: resized(image).round(),
    "blue and red exchanged": lambda image: resized(image)[::-1],
    "turned": lambda image: resized(image)[:, ::-1],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_same_level__is_far_below(fault: str) -> None:
    right, wrong = resize_probes(resized), resize_probes(FAULTS[fault])
    assert max(worst_level(right[name], wrong[name]) for name in right) > 5 * SAME_LEVEL
