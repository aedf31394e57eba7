from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.faults.image.filtered import FAULTS as FILTERED
from tests.builders.fault_targets import named, retouched, silent

IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "turned.jpg", "small.png", "PNG RGBA"]


def saved(quality: int, subsampling: str) -> Any:
    """Progressive, which changes the bytes and no pixel."""

    def change(picture: Any) -> Any:
        image, stream = Image.fromarray(picture), io.BytesIO()
        image.save(stream, "JPEG", quality=quality, subsampling=subsampling, progressive=True)
        return np.asarray(Image.open(stream))

    return change


@pytest.mark.parametrize(("quality", "subsampling"), [(61, "4:2:0"), (88, "4:4:4"), (30, "4:2:2")])
def test_saved__quality_is_searched(quality: int, subsampling: str) -> None:
    [found] = named("saved-as-jpeg", retouched(saved(quality, subsampling)), IMAGES)
    assert (quality, subsampling) == (found["quality"], found["subsampling"])
    assert [] == silent(FILTERED, retouched(saved(quality, subsampling)), IMAGES)


def test_saved__silent_on_the_clean_side() -> None:
    assert [] == named("saved-as-jpeg", None)


def test_saved__silent_on_blur() -> None:
    def smaller(picture: Any) -> Any:
        image = Image.fromarray(picture)
        half = image.resize((image.width // 2 + 1, image.height // 2 + 1))
        return np.asarray(half.resize(image.size))

    assert [] == named("saved-as-jpeg", retouched(smaller), IMAGES)
