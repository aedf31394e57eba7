"""The file format around the pixels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.container import was_closed_again
from ml_ci.data.decode import read_image
from tests.builders.images import RULE, encoded, picture

END = b"\xff\xd9"


def seen(content: bytes) -> NDArray[np.uint8]:
    return read_image(content, RULE).image


def jpeg(progressive: bool) -> bytes:
    image = Image.fromarray(picture(height=40, width=40))
    return encoded(image, "JPEG", quality=90, progressive=progressive)


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
@pytest.mark.parametrize("missing", [20, 90, 200])
def test_was_closed_again__cut_jpeg_with_a_new_end(missing: int, progressive: bool) -> None:
    content = jpeg(progressive)[:-missing].rstrip(b"\xff") + END
    assert was_closed_again(content, seen)


@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
def test_was_closed_again__whole_jpeg(progressive: bool) -> None:
    assert not was_closed_again(jpeg(progressive), seen)


def test_was_closed_again__whole_jpeg_with_more_behind_it() -> None:
    assert not was_closed_again(jpeg(progressive=False) + b"trailer", seen)
