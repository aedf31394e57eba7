"""What is special about an image's file."""

from __future__ import annotations

import pytest
from PIL import Image

from ml_ci.data.kinds import kinds_of
from tests.builders.faults import scene
from tests.builders.images import encoded, with_orientation


def test_kinds_of__a_plain_picture() -> None:
    plain = encoded(Image.fromarray(scene(60, 97)), "PNG")
    assert ("PNG",) == kinds_of(plain)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (with_orientation(Image.fromarray(scene(60, 97)), "JPEG", 6), "EXIF orientation 6"),
        (
            encoded(Image.fromarray(scene(60, 97)), "JPEG", subsampling=2, progressive=True),
            "progressive",
        ),
        (encoded(Image.fromarray(scene(60, 97)).convert("LA"), "PNG"), "grey with alpha"),
        (encoded(Image.fromarray(scene(31, 31)), "PNG"), "small"),
        (encoded(Image.fromarray(scene(200, 210)), "PNG"), "large"),
        (encoded(Image.fromarray(scene(40, 81)), "PNG"), "long"),
        (b"nothing", "no image"),
    ],
    ids=["turned", "progressive", "alpha", "small", "large", "long", "no image"],
)
def test_kinds_of__says_what_is_special(content: bytes, expected: str) -> None:
    assert expected in kinds_of(content)
