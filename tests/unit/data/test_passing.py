"""Passing: real files through real encoders, and what a passage says of them."""

from __future__ import annotations

import base64
import dataclasses
import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ml_ci.data.passage import Passage
from ml_ci.data.passing import likeness, passage_of
from tests.builders.images import RULE, encoded, png, with_orientation

Pixels = NDArray[np.uint8]


def scene(height: int = 60, width: int = 90, *, dark_at: int = 20) -> Image.Image:
    """A dark bar on a bright slope: coarse enough to survive any encoder."""
    pixels = np.linspace(120, 250, width).astype(np.uint8)[None, :, None]
    pixels = np.broadcast_to(pixels, (height, width, 3)).copy()
    pixels[5:25, dark_at : dark_at + 15] = (20, 40, 90)
    return Image.fromarray(pixels)


def passage(sent: bytes, received: bytes) -> Passage:
    return passage_of(sent, received, RULE)


def test_passage_of__another_lossless_file() -> None:
    found = passage(encoded(scene(), "PNG"), encoded(scene(), "WEBP", lossless=True))
    assert ("equal", True, None) == (found.pixels, found.seen_equal, found.handling)
    assert 0.999 < (found.likeness or 0)


def test_passage_of__a_lossy_file() -> None:
    found = passage(encoded(scene(), "PNG"), encoded(scene(), "JPEG", quality=30))
    assert ("other", False, False) == (found.pixels, found.seen_equal, found.is_another_picture)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_passage_of__a_picture_turned_upright_without_loss(orientation: int) -> None:
    sent = with_orientation(scene(), "PNG", orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(sent)))
    found = passage(sent, png(np.asarray(upright)))
    assert ("turned", True, True) == (found.pixels, found.turned, found.seen_equal)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_passage_of__a_picture_turned_upright_by_a_lossy_encoder(orientation: int) -> None:
    sent = with_orientation(scene(), "JPEG", orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(sent)))
    found = passage(sent, encoded(upright, "JPEG", quality=40))
    assert ("other", True, False) == (found.pixels, found.turned, found.seen_equal)
    assert not found.is_another_picture


def test_passage_of__an_orientation_that_was_only_dropped() -> None:
    sent = with_orientation(scene(), "PNG", 6)
    found = passage(sent, png(np.asarray(scene())))
    assert ("equal", False, False) == (found.pixels, found.turned, found.seen_equal)


def test_passage_of__an_orientation_that_decoding_ignores() -> None:
    sent = with_orientation(scene(), "PNG", 6)
    rule = dataclasses.replace(RULE, orientation="ignore")
    assert passage_of(sent, png(np.asarray(scene())), rule).seen_equal


def test_passage_of__a_file_that_cannot_be_decoded() -> None:
    sent = encoded(scene(), "PNG")
    found = passage(sent, sent[:-30])
    assert ("unknown", None, False) == (found.pixels, found.likeness, found.seen_equal)
    assert found.handling is not None
    assert "cut off" == found.handling.kind


def test_passage_of__text_that_stands_for_another_file() -> None:
    sent, inner = encoded(scene(), "PNG"), encoded(scene(), "WEBP", lossless=True)
    found = passage(sent, base64.b64encode(inner))
    assert ("base64 text", "lossless WebP", None) == (
        found.as_text,
        found.received.coding,
        found.handling,
    )
    # What it stands for has the same pixels; what arrived is no picture
    assert ("equal", False) == (found.pixels, found.seen_equal)


def test_passage_of__another_picture() -> None:
    found = passage(encoded(scene(), "PNG"), encoded(scene(dark_at=70), "PNG"))
    assert found.is_another_picture


def test_passage_of__transparency_that_was_lost_is_no_other_picture() -> None:
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (5, 5, 20, 20))
    found = passage(encoded(image, "PNG"), encoded(image.convert("RGB"), "JPEG"))
    assert (found.likeness or 0) < 0.7
    assert not found.is_another_picture


@pytest.mark.parametrize("size", [(90, 60), (45, 30), (32, 32), (300, 20)])
@pytest.mark.parametrize("quality", [95, 10])
def test_likeness__survives_encoders_and_sizes(size: tuple[int, int], quality: int) -> None:
    again = Image.open(io.BytesIO(encoded(scene().resize(size), "JPEG", quality=quality)))
    assert likeness(np.asarray(scene()), np.asarray(again)) > 0.9


def flat(level: int) -> Pixels:
    return np.full((8, 9, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(flat(200), flat(205), 1.0, id="nearly the same grey"),
        pytest.param(flat(200), flat(20), 0.0, id="white and black"),
        pytest.param(flat(200), np.asarray(scene()), 0.0, id="one without anything on it"),
        pytest.param(np.asarray(scene()), 255 - np.asarray(scene()), 0.0, id="the negative"),
    ],
)
def test_likeness__of(one: Pixels, other: Pixels, expected: float) -> None:
    assert expected == likeness(one, other)
