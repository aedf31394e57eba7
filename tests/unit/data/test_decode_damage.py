"""Bytes → pixels: files that are cut off, damaged, animated or no image are refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ml_ci.data.decode import ImageError, read_image
from ml_ci.data.prepare import encoding
from tests.builders.decoding import KINDS
from tests.builders.images import (
    RULE,
    encoded,
    picture,
    png,
    png_of,
    with_orientation,
)


def test_read_image__webp_whose_orientation_is_cut_off() -> None:
    content = with_orientation(Image.fromarray(picture()), "WEBP", 6)
    with pytest.raises(ImageError, match="the file is cut off before its end"):
        read_image(content[:-4], RULE)


def test_read_image__png_with_a_malformed_animation() -> None:
    content = png_of(picture(), (b"acTL", b"\0"))
    with pytest.raises(ImageError, match="the PNG is animated"):
        read_image(content, RULE)


def test_read_image__compressed_bmp() -> None:
    """Two pixels, of which the run-length data hold one: Pillow would invent the other."""
    header = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 14 + 40 + 1024)
    info = struct.pack("<IiiHHIIiiII", 40, 2, 1, 1, 8, 1, 4, 0, 0, 256, 0)
    content = header + info + bytes(1024) + bytes([1, 7, 0, 1])
    with pytest.raises(ImageError, match="the BMP is compressed"):
        read_image(content, RULE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_read_image__animated(kind: str) -> None:
    frames = [Image.fromarray(picture(seed)) for seed in (1, 2)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    with pytest.raises(ImageError, match="is animated; only still images are taken"):
        read_image(content, RULE)


@pytest.mark.parametrize("kind", KINDS)
def test_read_image__cut_off_anywhere(kind: str) -> None:
    content = KINDS[kind](Image.fromarray(picture(height=24, width=24)))
    read_image(content, RULE)
    accepted = []
    for length in range(0, len(content), 7):
        try:
            read_image(content[:length], RULE)
            accepted.append(length)
        except ImageError:
            pass
    assert accepted == []


def test_read_image__png_with_a_wrong_checksum() -> None:
    content = bytearray(png())
    content[-20] ^= 1  # inside IDAT, whose checksum Pillow does not read
    with pytest.raises(ImageError, match=r"the checksum of b'IDAT' does not match"):
        read_image(bytes(content), RULE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"hello", "this is no PNG, JPEG, WebP, GIF or BMP image"),
        (b"II*\0" + bytes(40), "this is no PNG, JPEG, WebP, GIF or BMP image"),
    ],
    ids=["empty", "text", "tiff"],
)
def test_read_image__another_format(content: bytes, message: str) -> None:
    with pytest.raises(ImageError) as refused:
        read_image(content, RULE)
    assert str(refused.value) == message


STARTS = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"RIFF\x20\0\0\0WEBPVP8 ",
    b"RIFF\x20\0\0\0WEBPVP8X",
    b"GIF89a",
    b"BM",
    b"",
]
WHOLE = [
    *(make(Image.fromarray(picture())) for make in KINDS.values()),
    with_orientation(Image.fromarray(picture()), "JPEG", 6),
    encoding.multi_picture(picture(height=16, width=16)),
    encoding.with_profile(picture(), "JPEG"),
    encoded(Image.new("CMYK", (9, 9)), "JPEG"),
    encoded(Image.new("P", (9, 9)), "PNG", transparency=bytes(range(9))),
]


@settings(max_examples=300, deadline=None)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=200))
def test_read_image__random_bytes_raise_nothing_else(start: bytes, rest: bytes) -> None:
    outcome(start + rest)


@settings(max_examples=500, deadline=None)
@given(
    content=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    cut=st.floats(0, 1),
)
def test_read_image__damage_raises_nothing_else(
    content: bytes, changes: list[tuple[float, int]], cut: float
) -> None:
    damaged = bytearray(content)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    length = max(1, int(len(damaged) * (1 - cut / 4)))
    outcome(bytes(damaged[:length]))


def outcome(content: bytes) -> None:
    """Decoding gives an RGB picture or an ImageError, and the same one twice."""
    answers = []
    for _ in range(2):
        try:
            image = read_image(content, RULE).image
            assert (str(image.dtype), image.ndim, image.shape[-1]) == ("uint8", 3, 3)
            answers.append(image.tobytes())
        except ImageError as refused:
            answers.append(str(refused).encode())
    assert answers[0] == answers[1]
