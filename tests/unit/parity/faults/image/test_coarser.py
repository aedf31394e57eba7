from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.parity.faults.image.coarser import FAULTS
from ml_ci.parity.faults.image.tone import FAULTS as TONES
from tests.builders.fault_targets import named, retouched, said, silent


def rgb565(picture: Any) -> Any:
    """Packed into 16 bits and unpacked with the bits repeated, as frame buffers do."""
    red, green, blue = np.moveaxis(picture.astype(np.uint16), 2, 0)
    packed = (red >> 3 << 11) | (green >> 2 << 5) | (blue >> 3)
    red, green, blue = packed >> 11, packed >> 5 & 63, packed & 31
    levels = [red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2]
    return np.stack(levels, axis=2).astype(np.uint8)


def posterised(picture: Any) -> Any:
    return np.asarray(ImageOps.posterize(Image.fromarray(picture), 3))


def stepped(picture: Any) -> Any:
    return (np.round(picture / 255 * 15) / 15 * 255).round().astype(np.uint8)


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ({"bits": (5, 6, 5), "way": "stretched"}, rgb565),
        ({"bits": (3, 3, 3), "way": "cut"}, posterised),
        ({"bits": (4, 4, 4), "way": "rounded"}, stepped),
    ],
)
def test_fewer_bits__is_estimated_and_nothing_else(expected: dict[str, Any], change: Any) -> None:
    assert [expected] == named("fewer-bits", retouched(change))
    assert [] == silent([*FAULTS, *TONES], retouched(change), but=("fewer-bits",))


def test_fewer_bits__says_which() -> None:
    assert ["levels are reduced to RGB565 (stretched)"] == said("fewer-bits", retouched(rgb565))


@pytest.mark.parametrize("threshold", [128, 97])
def test_binarised__the_threshold_is_estimated(threshold: int) -> None:
    def change(picture: Any) -> Any:
        luma = Image.fromarray(picture).convert("L")
        return np.asarray(luma.point(lambda level: 255 * (level >= threshold)).convert("RGB"))

    [found] = named("binarised", retouched(change))
    assert pytest.approx(threshold, abs=1) == found["threshold"]
    assert [] == silent(FAULTS, retouched(change), but=("binarised",))


def test_coarser__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_coarser__silent_on_darker_pictures() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: picture // 2))


def test_binarised__silent_on_dithering() -> None:
    def dithered(picture: Any) -> Any:
        return np.asarray(Image.fromarray(picture).convert("1").convert("RGB"))

    assert [] == silent(FAULTS, retouched(dithered))
