"""Inspection: what real files of every format say of themselves, and that no damage stops it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from ml_ci.data.inspection import Inspection, inspect
from ml_ci.data.prepare.profile import swapped_linear_profile
from tests.builders.images import encoded, picture, png_chunk, png_of, with_orientation

PICTURE = Image.fromarray(picture(height=24, width=40))
ALPHA = PICTURE.copy()
ALPHA.putalpha(100)


def test_inspect__jpeg() -> None:
    found = inspect(encoded(PICTURE, "JPEG", quality=75, subsampling="4:2:0"))
    assert ("JPEG", (40, 24), "RGB", False, None) == (
        found.format,
        found.sides,
        found.layout,
        found.lossless,
        found.incomplete,
    )
    assert "JPEG, quality 75, 4:2:0" == found.coding


@pytest.mark.parametrize(
    ("content", "coding", "layout"),
    [
        pytest.param(encoded(PICTURE, "PNG"), "PNG", "RGB", id="PNG"),
        pytest.param(encoded(ALPHA, "PNG"), "PNG", "RGB with alpha", id="PNG with alpha"),
        pytest.param(encoded(PICTURE.convert("L"), "PNG"), "PNG", "grey", id="grey PNG"),
        pytest.param(
            encoded(PICTURE.convert("L"), "PNG", transparency=0),
            "PNG",
            "grey with alpha",
            id="clear level",
        ),
        pytest.param(encoded(PICTURE.convert("P"), "PNG"), "PNG", "palette", id="palette PNG"),
        pytest.param(png_of(np.zeros((3, 2, 3), np.uint16)), "PNG", "16-bit RGB", id="16-bit PNG"),
        pytest.param(encoded(PICTURE, "WEBP"), "lossy WebP", "RGB", id="lossy WebP"),
        pytest.param(
            encoded(ALPHA, "WEBP"), "lossy WebP", "RGB with alpha", id="lossy WebP with alpha"
        ),
        pytest.param(
            encoded(PICTURE, "WEBP", lossless=True), "lossless WebP", "RGB", id="lossless WebP"
        ),
        pytest.param(
            encoded(ALPHA, "WEBP", lossless=True),
            "lossless WebP",
            "RGB with alpha",
            id="lossless WebP with alpha",
        ),
        pytest.param(encoded(PICTURE, "GIF"), "GIF", "palette", id="GIF"),
        pytest.param(encoded(PICTURE, "BMP"), "BMP", "RGB", id="BMP"),
        pytest.param(encoded(PICTURE.convert("L"), "BMP"), "BMP", "palette", id="grey BMP"),
        pytest.param(
            encoded(PICTURE.convert("CMYK"), "JPEG", quality=90),
            "JPEG, quality 90, 4:4:4",
            "CMYK",
            id="CMYK JPEG",
        ),
        pytest.param(
            encoded(PICTURE.convert("L"), "JPEG", quality=90), "JPEG, quality 90", "grey", id="grey"
        ),
        pytest.param(b"<html>", "no image", "", id="HTML"),
    ],
)
def test_inspect__tells_coding_and_layout(content: bytes, coding: str, layout: str) -> None:
    found = inspect(content)
    assert (coding, layout) == (found.coding, found.layout)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_inspect__reads_the_orientation(kind: str) -> None:
    found = inspect(with_orientation(PICTURE, kind, 6))
    assert (True, 6, (40, 24)) == (found.has_exif, found.orientation, found.sides)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_inspect__knows_a_profile_again(kind: str) -> None:
    profile = swapped_linear_profile()
    found = inspect(encoded(PICTURE, kind, icc_profile=profile)).profile_sha256
    assert inspect(encoded(PICTURE, "PNG", icc_profile=profile)).profile_sha256 == found
    assert inspect(encoded(PICTURE, kind)).profile_sha256 is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_inspect__knows_the_picture_without_its_metadata(kind: str) -> None:
    plain, described = encoded(PICTURE, kind), with_orientation(PICTURE, kind, 3)
    if kind == "WEBP":
        plain = encoded(PICTURE, kind, lossless=True)
    assert inspect(plain).picture_sha256 == inspect(described).picture_sha256
    other = encoded(Image.fromarray(picture(1, height=24, width=40)), kind)
    assert inspect(plain).picture_sha256 != inspect(other).picture_sha256


def test_inspect__a_png_in_other_chunks_is_the_same_picture() -> None:
    content = encoded(PICTURE, "PNG")
    start = content.index(b"IDAT") - 4
    length = int.from_bytes(content[start : start + 4], "big")
    data = content[start + 8 : start + 8 + length]
    halves = png_chunk(b"IDAT", data[:50]) + png_chunk(b"IDAT", data[50:])
    other = content[:start] + halves + content[start + 12 + length :]
    assert inspect(content).picture_sha256 == inspect(other).picture_sha256


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_inspect__says_that_the_end_is_missing(kind: str) -> None:
    content = encoded(PICTURE, kind)
    found = inspect(content[:-20])
    if kind == "BMP":  # has no end of its own
        assert found.incomplete is None
    else:
        assert "the file is cut off before its end" == found.incomplete
    assert (40, 24) == found.sides


def test_inspect__of_a_damaged_file_tells_what_it_can() -> None:
    profile = encoded(PICTURE, "PNG", icc_profile=swapped_linear_profile())
    place = profile.index(b"iCCP") + 20
    found = inspect(profile[:place] + b"\0\0\0\0" + profile[place + 4 :])
    assert "PNG" == found.format
    assert found.incomplete is not None


def test_inspect__never_fails() -> None:
    chance = random.Random(0)  # noqa: S311 — no secret, the same damage every time
    files = [
        encoded(image, kind) for image in (PICTURE, ALPHA) for kind in ("PNG", "WEBP", "GIF", "BMP")
    ] + [encoded(PICTURE, "JPEG"), with_orientation(PICTURE, "JPEG", 6)]
    for _ in range(3000):
        content = bytearray(chance.choice(files))
        for _ in range(chance.randint(1, 5)):
            content[chance.randrange(min(len(content), chance.choice([40, 300, 10_000])))] = (
                chance.randrange(256)
            )
        assert isinstance(inspect(bytes(content[: chance.randrange(len(content) + 1)])), Inspection)
