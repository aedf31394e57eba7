"""Bytes → pixels: what `decoded` holds for each mode, and what becomes of it in 8 bits."""

from __future__ import annotations

import dataclasses
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ml_ci.data.decode import read_image
from tests.builders.decoding import BLACK_BEHIND, grey, seen
from tests.builders.images import (
    RULE,
    encoded,
    png_chunk,
    png_of,
)


def test_read_image__one_bit() -> None:
    result = read_image(encoded(Image.fromarray(np.array([[True, False]])), "PNG"), RULE)
    assert result.decoded.mode == "1"
    assert result.decoded.pixels.tolist() == [[[255], [0]]]
    assert np.array_equal(grey(255, 0), result.image)


def test_read_image__one_bit_with_a_clear_level() -> None:
    content = encoded(Image.fromarray(np.array([[True, False]])), "PNG", transparency=1)
    assert np.array_equal(grey(0, 0), seen(content, BLACK_BEHIND))


def test_read_image__two_bit_grey_with_a_clear_level() -> None:
    # Levels 0–3 are widened to 0, 85, 170, 255; the clear one is stored as 2.
    header = struct.pack(">IIBBBBB", 4, 1, 2, 0, 0, 0, 0)  # 4×1, 2 bits, grey
    row = b"\0" + bytes([0b00_01_10_11])
    chunks = [
        (b"IHDR", header),
        (b"tRNS", b"\0\2"),
        (b"IDAT", zlib.compress(row)),
        (b"IEND", b""),
    ]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    assert np.array_equal(grey(0, 85, 0, 255), seen(content, BLACK_BEHIND))


def test_read_image__grey_with_a_clear_level() -> None:
    content = encoded(Image.fromarray(np.array([[7, 8]], np.uint8)), "PNG", transparency=8)
    assert np.array_equal(grey(7, 255), seen(content))


def test_read_image__colour_with_a_clear_colour() -> None:
    pixels = np.array([[[1, 2, 3], [1, 2, 4]]], np.uint8)
    content = encoded(Image.fromarray(pixels), "PNG", transparency=(1, 2, 3))
    assert seen(content).tolist() == [[[255, 255, 255], [1, 2, 4]]]


def test_read_image__grey_with_alpha() -> None:
    pixels = np.array([[[100, 255], [100, 0], [100, 51]]], np.uint8)
    content = encoded(Image.fromarray(pixels, mode="LA"), "PNG")
    assert np.array_equal(grey(100, 255, 224), seen(content))  # (51·100 + 204·255) / 255


def test_read_image__palette_keeps_its_indices() -> None:
    image = Image.fromarray(np.array([[1, 0]], np.uint8), mode="P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    result = read_image(encoded(image, "PNG"), RULE)
    assert (result.decoded.mode, result.decoded.pixels.tolist()) == ("P", [[[1], [0]]])
    assert result.image.tolist() == [[[40, 50, 60], [10, 20, 30]]]


def test_read_image__palette_with_partial_transparency() -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), mode="P")
    image.putpalette([100] * 9)
    content = encoded(image, "PNG", transparency=bytes([0, 51]))  # index 2 stays opaque
    assert np.array_equal(grey(255, 224, 100), seen(content))


def test_read_image__background_shows_through() -> None:
    content = encoded(Image.new("RGBA", (1, 1), (200, 100, 0, 51)), "PNG")
    rule = dataclasses.replace(RULE, background=(10, 20, 30))
    assert seen(content, rule).tolist() == [[[48, 36, 24]]]


# 16 bits: round(v / 257)


def test_read_image__sixteen_bit_grey() -> None:
    levels = np.array([[[0], [128], [129], [385], [386], [65535]]], np.uint16)
    result = read_image(png_of(levels), RULE)
    assert result.decoded.mode == "I;16"
    assert np.array_equal(levels, result.decoded.pixels)
    assert np.array_equal(grey(0, 0, 1, 1, 2, 255), result.image)


@pytest.mark.parametrize(("channels", "mode"), [(2, "LA;16"), (3, "RGB;16"), (4, "RGBA;16")])
def test_read_image__sixteen_bit_keeps_every_bit(channels: int, mode: str) -> None:
    random = np.random.default_rng(3)
    levels = random.integers(0, 65536, size=(5, 4, channels), dtype=np.uint16)
    result = read_image(png_of(levels), RULE)
    assert result.decoded.mode == mode
    assert np.array_equal(levels, result.decoded.pixels)


def test_read_image__sixteen_bit_colour_is_rounded() -> None:
    levels = np.array([[[128, 129, 65406]]], np.uint16)  # Pillow's own narrowing gives 0, 0, 255
    assert seen(png_of(levels)).tolist() == [[[0, 1, 254]]]


def test_read_image__sixteen_bit_clear_colour_needs_all_bits() -> None:
    levels = np.array([[[256, 0, 0], [257, 0, 0]]], np.uint16)
    clear = (b"tRNS", bytes([1, 0, 0, 0, 0, 0]))
    assert seen(png_of(levels, clear)).tolist() == [[[255, 255, 255], [1, 0, 0]]]


def test_read_image__sixteen_bit_alpha() -> None:
    levels = np.array([[[0, 65535], [0, 0], [0, 51 * 257]]], np.uint16)
    assert np.array_equal(grey(0, 255, 204), seen(png_of(levels)))


@settings(max_examples=60, deadline=None)
@given(
    alpha=st.integers(0, 255),
    colour=st.tuples(*[st.integers(0, 255)] * 3),
    background=st.tuples(*[st.integers(0, 255)] * 3),
)
def test_read_image__alpha_is_rounded_to_the_nearest(
    alpha: int, colour: tuple[int, int, int], background: tuple[int, int, int]
) -> None:
    content = encoded(Image.new("RGBA", (1, 1), (*colour, alpha)), "PNG")
    result = seen(content, dataclasses.replace(RULE, background=background))
    exact = [
        round((alpha * c + (255 - alpha) * b) / 255)
        for c, b in zip(colour, background, strict=True)
    ]
    assert result.tolist() == [[exact]]
