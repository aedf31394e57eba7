from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.image.levels import FAULTS
from tests.builders.fault_targets import named, retouched, silent


def rounded(levels: Any) -> Any:
    return np.rint(np.clip(levels, 0, 255)).astype(np.uint8)


def light(picture: Any) -> Any:
    share = picture / 255
    return rounded(255 * np.where(share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92))


def screen(picture: Any) -> Any:
    share = picture / 255
    return rounded(
        255 * np.where(share > 0.0031308, 1.055 * share ** (1 / 2.4) - 0.055, share * 12.92)
    )


CASES: list[tuple[str, dict[str, str], Any]] = [
    ("inverted", {}, lambda picture: ~picture),
    ("signed-bytes", {}, lambda picture: picture ^ 0x80),
    ("srgb-linear", {"rule": "linear instead of sRGB"}, light),
    ("srgb-linear", {"rule": "sRGB instead of linear"}, screen),
    ("limited-range", {"rule": "limited"}, lambda picture: (16 + picture / 255 * 219).astype("u1")),
    ("limited-range", {"rule": "stretched"}, lambda picture: rounded((picture - 16.0) * 1.164384)),
]


@pytest.mark.parametrize(("fault", "expected", "change"), CASES)
def test_levels__is_named_and_nothing_else(
    fault: str, expected: dict[str, str], change: Any
) -> None:
    target = retouched(change)
    assert [expected] == named(fault, target)
    assert [] == silent(FAULTS, target, but=(fault,))


def test_levels__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_levels__silent_on_a_gamma() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: rounded(255 * (picture / 255) ** 2.2)))


def test_levels__silent_where_only_one_channel_is_inverted() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: picture ^ np.array([255, 0, 0], "u1")))
