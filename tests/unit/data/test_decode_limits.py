"""Bytes → pixels: what is too large is refused by its header."""

from __future__ import annotations

import dataclasses

import pytest
from PIL import Image

from ml_ci.data.decode import ImageError, check_size, read_image
from tests.builders.images import (
    RULE,
    checksum,
    encoded,
    png,
)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((301, 100), "it is 301×100 pixels; a side has at most 300"),
        ((250, 161), "it is 250×161 = 40250 pixels; at most 40000 are taken"),
        ((210, 10), "it is 210×10 pixels; one side may be at most 20 times the other"),
        ((0, 3), "it is 0×3 pixels"),
    ],
)
def test_check_size__beyond_a_limit(size: tuple[int, int], message: str) -> None:
    with pytest.raises(ImageError) as refused:
        check_size(size, RULE)
    assert str(refused.value) == message


@pytest.mark.parametrize("size", [(300, 15), (15, 300), (200, 200), (1, 20)])
def test_check_size__at_the_limit(size: tuple[int, int]) -> None:
    check_size(size, RULE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_read_image__too_large_in_every_format(kind: str) -> None:
    with pytest.raises(ImageError, match=r"a side has at most 300"):
        read_image(encoded(Image.new("L", (301, 100)), kind), RULE)


@pytest.mark.parametrize("mode", ["vp8x", "lossy", "lossless"])
def test_read_image__webp_is_refused_by_its_header(mode: str) -> None:
    options: dict[str, object] = {"lossless": mode == "lossless"}
    image = Image.new("RGBA" if mode == "vp8x" else "RGB", (301, 100), (9, 9, 9))
    content = encoded(image, "WEBP", **options)
    with pytest.raises(ImageError, match=r"it is 301×100 pixels; a side has at most 300"):
        read_image(content, RULE)


def test_read_image__webp_bomb_is_refused_before_its_canvas_exists() -> None:
    content = bytearray(encoded(Image.new("RGBA", (9, 9), (1, 2, 3, 4)), "WEBP"))
    content[24:30] = (16_000).to_bytes(3, "little") * 2  # the canvas, less one
    with pytest.raises(ImageError, match="it is 16001×16001 pixels"):
        read_image(bytes(content), RULE)


def test_read_image__decompression_bomb() -> None:
    """A header of 60 000 × 60 000 pixels: refused before anything is allocated, without warning."""
    content = bytearray(png())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = checksum(bytes(content[12:29]))
    with pytest.raises(ImageError, match="it is 60000×60000 pixels"):
        read_image(bytes(content), RULE)


def test_read_image__too_many_bytes() -> None:
    rule = dataclasses.replace(RULE, max_bytes=10)
    with pytest.raises(ImageError, match=r"it has \d+ bytes; at most 10 are taken"):
        read_image(png(), rule)
