"""Bytes → pixels: every way an image is stored, and every reason to refuse one."""

from __future__ import annotations

import dataclasses
import io
import json
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.decode import DecodeRule, ImageError, check_size, read_image
from ml_ci.data.prepare import encoding
from tests.builders.images import (
    RULE,
    checksum,
    encoded,
    picture,
    png,
    png_chunk,
    png_of,
    with_orientation,
)

Pixels = NDArray[np.uint8]
BLACK_BEHIND = dataclasses.replace(RULE, background=(0, 0, 0))


def grey(*levels: int) -> Pixels:
    """One row of grey pixels, (1, W, 3)."""
    return np.repeat(np.array([levels], np.uint8)[..., None], 3, axis=2)


def seen(content: bytes, rule: DecodeRule = RULE) -> Pixels:
    return read_image(content, rule).image


# Formats


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


# Modes: what `decoded` holds, and what it becomes


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


# Orientation

TURNED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", TURNED)
def test_read_image__orientation(orientation: int, kind: str) -> None:
    pixels = picture()
    content = with_orientation(Image.fromarray(pixels), kind, orientation)
    assert np.array_equal(TURNED[orientation](pixels), seen(content))


@pytest.mark.parametrize("orientation", TURNED)
def test_read_image__turned_jpeg_equals_the_upright_one(orientation: int) -> None:
    content = with_orientation(Image.fromarray(picture(height=16, width=24)), "JPEG", orientation)
    stored = read_image(content, dataclasses.replace(RULE, orientation="ignore")).image
    assert np.array_equal(TURNED[orientation](stored), seen(content))


def test_read_image__decoded_is_not_turned() -> None:
    pixels = picture()
    content = with_orientation(Image.fromarray(pixels), "PNG", 6)
    assert np.array_equal(pixels, read_image(content, RULE).decoded.pixels)


def test_read_image__orientation_ignored() -> None:
    pixels = picture()
    content = with_orientation(Image.fromarray(pixels), "PNG", 6)
    assert np.array_equal(pixels, seen(content, dataclasses.replace(RULE, orientation="ignore")))


def test_read_image__damaged_exif_is_no_orientation() -> None:
    pixels = picture(height=16, width=16)
    content = encoded(Image.fromarray(pixels), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert np.array_equal(seen(encoded(Image.fromarray(pixels), "JPEG")), seen(content))


# Refusals


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


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_read_image__animated(kind: str) -> None:
    frames = [Image.fromarray(picture(seed)) for seed in (1, 2)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    with pytest.raises(ImageError, match="is animated; only still images are taken"):
        read_image(content, RULE)


TRUNCATABLE: dict[str, Callable[[Image.Image], bytes]] = {
    "png": lambda image: encoded(image, "PNG"),
    "jpeg": lambda image: encoded(image, "JPEG"),
    "progressive": lambda image: encoded(image, "JPEG", progressive=True),
    "webp": lambda image: encoded(image, "WEBP"),
    "webp lossless": lambda image: encoded(image, "WEBP", lossless=True),
    "webp alpha": lambda image: encoded(image.convert("RGBA"), "WEBP"),
    "gif": lambda image: encoded(image, "GIF"),
    "bmp": lambda image: encoded(image, "BMP"),
    "16-bit": lambda image: png_of(np.asarray(image).astype(np.uint16) * 257),
}


@pytest.mark.parametrize("kind", TRUNCATABLE)
def test_read_image__cut_off_anywhere(kind: str) -> None:
    content = TRUNCATABLE[kind](Image.fromarray(picture(height=24, width=24)))
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


# Properties

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
    *(make(Image.fromarray(picture())) for make in TRUNCATABLE.values()),
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


# The rule travels


def test_decode_rule__round_trip() -> None:
    assert DecodeRule.from_json(RULE.to_json()) == RULE


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "nonsense",
        RULE.to_json().replace("exif", "sideways"),
        json.dumps({**json.loads(RULE.to_json()), "background": [1, 2]}),
        json.dumps({**json.loads(RULE.to_json()), "more": 1}),
    ],
    ids=["list", "empty", "no JSON", "orientation", "background", "unknown key"],
)
def test_decode_rule__not_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every message differs
        DecodeRule.from_json(text)
