from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.parity.faults.image.enhanced import FAULTS
from tests.builders.fault_targets import named, retouched, silent


def equalised(picture: Any) -> Any:
    """By the cumulated histogram, as Pillow's manual describes it."""
    channels = []
    for channel in np.moveaxis(picture, 2, 0):
        counts = np.bincount(channel.ravel(), minlength=256)
        occurring = counts[counts > 0]
        step = (occurring.sum() - occurring[-1]) // 255
        if len(occurring) < 2 or not step:
            channels.append(channel)
            continue
        before = np.concatenate([[0], np.cumsum(counts)[:-1]])
        channels.append(((step // 2 + before) // step).clip(max=255)[channel])
    return np.stack(channels, axis=2).astype(np.uint8)


def stretched(picture: Any) -> Any:
    levels = picture.astype(np.float64)
    low, high = levels.min(axis=(0, 1)), levels.max(axis=(0, 1))
    wide = high > low
    scale = np.where(wide, 255 / np.where(wide, high - low, 1), 1)
    return np.trunc(np.where(wide, (levels - low) * scale, levels) + 1e-9).astype(np.uint8)


def cut(picture: Any) -> Any:
    return np.asarray(ImageOps.autocontrast(Image.fromarray(picture), cutoff=(2, 2)))


CASES = [
    ("equalised", {"way": "each channel"}, equalised),
    ("autocontrast", {"cutoff": "0 %"}, stretched),
    ("autocontrast", {"cutoff": "2 %"}, cut),
]


@pytest.mark.parametrize(("fault", "expected", "change"), CASES)
def test_enhanced__is_named_and_nothing_else(
    fault: str, expected: dict[str, str], change: Any
) -> None:
    target = retouched(change)
    assert [expected] == named(fault, target)
    assert [] == silent(FAULTS, target, but=(fault,))


def test_enhanced__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_enhanced__silent_on_the_same_contrast_for_all() -> None:
    harder = retouched(lambda picture: np.clip((picture - 128.0) * 1.5 + 128, 0, 255).astype("u1"))
    assert [] == silent(FAULTS, harder)
