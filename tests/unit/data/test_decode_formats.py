"""Bytes → pixels: every format that is taken, and CMYK in all its spellings."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ml_ci.data.prepare import encoding
from tests.builders.decoding import seen
from tests.builders.images import (
    encoded,
    picture,
)


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True})], ids=str
)
def test_read_image__lossless_format(kind: str, options: dict[str, object]) -> None:
    pixels = picture()
    assert np.array_equal(pixels, seen(encoded(Image.fromarray(pixels), kind, **options)))


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_read_image__jpeg_is_what_pillow_decodes(subsampling: str, progressive: bool) -> None:
    content = encoded(
        Image.fromarray(picture()), "JPEG", subsampling=subsampling, progressive=progressive
    )
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), seen(content))


def test_read_image__gif_with_a_clear_index() -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    content = encoded(image, "GIF", transparency=1)
    assert seen(content).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_read_image__multi_picture_jpeg_gives_the_first() -> None:
    first = picture(1, height=16, width=16)
    content = encoding.multi_picture(first)
    alone = encoded(Image.fromarray(first), "JPEG", quality=90)
    assert np.array_equal(seen(alone), seen(content))


def test_read_image__profile_is_ignored() -> None:
    pixels = picture()
    assert np.array_equal(pixels, seen(encoding.with_profile(pixels, "PNG")))


# CMYK


def test_read_image__cmyk() -> None:
    flat = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    content = encoded(encoding.cmyk(flat), "JPEG", quality=100)
    assert np.abs(seen(content).astype(int) - flat).max() <= 3  # quality 100 still rounds


def test_read_image__cmyk_without_adobe_marker_is_read_alike() -> None:
    content = encoded(encoding.cmyk(picture(height=16, width=16)), "JPEG")
    plain = encoding.without_adobe_marker(content)
    assert np.array_equal(seen(content), seen(plain))


def test_read_image__ycck() -> None:
    flat = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    content = encoding.as_ycck(encoded(encoding.ycck_planes(flat), "JPEG", quality=100))
    assert np.abs(seen(content).astype(int) - flat).max() <= 4
