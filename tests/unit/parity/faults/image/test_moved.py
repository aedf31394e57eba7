from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.image.moved import FAULTS
from tests.builders.fault_targets import named, retouched, said, silent
from tests.builders.faults import reference

IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "turned.jpg", "small.png", "PNG RGBA"]


def rolled(picture: Any) -> Any:
    return np.asarray(ImageChops.offset(Image.fromarray(picture), 3, -2))


def drawn(picture: Any) -> Any:
    canvas = Image.new("RGB", (picture.shape[1], picture.shape[0]), (255, 255, 255))
    canvas.paste(Image.fromarray(picture), (-1, 2))
    return np.asarray(canvas)


def repeated(picture: Any) -> Any:
    padded = np.pad(picture, ((0, 0), (5, 0), (0, 0)), mode="edge")
    return padded[:, : picture.shape[1]]


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ({"right": 3, "down": -2, "filled": "wrapped"}, rolled),
        ({"right": -1, "down": 2, "filled": "white"}, drawn),
        ({"right": 5, "down": 0, "filled": "edge"}, repeated),
    ],
)
def test_shifted__is_estimated_and_nothing_else(expected: dict[str, Any], change: Any) -> None:
    assert [expected] == named("shifted", retouched(change), IMAGES)
    assert [] == silent(FAULTS, retouched(change), IMAGES, but=("shifted",))


def test_shifted__says_how_far() -> None:
    assert ["pictures are shifted by 3 px to the right and -2 px down (wrapped)"] == said(
        "shifted", retouched(rolled), IMAGES
    )


def planar(picture: Any) -> Any:
    planes = b"".join(picture[..., channel].tobytes() for channel in range(3))
    return np.frombuffer(planes, np.uint8).reshape(picture.shape)


def interleaved(picture: Any) -> Any:
    flat = picture.ravel()
    size = flat.size // 3
    planes = [flat[at * size : (at + 1) * size].reshape(picture.shape[:2]) for at in range(3)]
    return np.stack(planes, axis=2)


def exchanged(picture: Any) -> Any:
    return np.frombuffer(picture.tobytes(), np.uint8).reshape(picture.shape[1], -1, 3)


def as_bitmap(picture: Any) -> Any:
    """Rows of a BMP have a multiple of four bytes."""
    rows = [row.tobytes() + b"\0" * (-len(row.tobytes()) % 4) for row in picture]
    return np.frombuffer(b"".join(rows)[: picture.size], np.uint8).reshape(picture.shape)


@pytest.mark.parametrize(
    ("layout", "change"),
    [
        ("planes read as pixels", planar),
        ("pixels read as planes", interleaved),
        ("sides exchanged", exchanged),
        ("rows of 4 bytes", as_bitmap),
    ],
)
def test_buffer__is_named_and_nothing_else(layout: str, change: Any) -> None:
    assert [{"layout": layout}] == named("buffer-misread", retouched(change), IMAGES)
    assert [] == silent(FAULTS, retouched(change), IMAGES, but=("buffer-misread",))


def test_moved__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_moved__silent_on_a_mirror() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: picture[:, ::-1]), IMAGES)


def test_shifted__nothing_is_the_reference() -> None:
    assert fault_of("shifted").at([0.2, -0.4], reference()) is None
