from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.image.orientation import FAULTS
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, opened, retouched, silent
from tests.builders.faults import RULE

Turn = Image.Transpose
# What undoes, and what does, EXIF's turns: written down here once more, with Pillow's names
UNDO = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_270,
}
DO = UNDO | {6: Turn.ROTATE_270, 8: Turn.ROTATE_90}
MIRRORS = {2, 4, 5, 7}
IGNORING = replace(RULE, orientation="ignore")
IMAGES = [f"{kind} turned {way}" for kind in ("PNG", "WEBP", "JPEG") for way in range(10)]
IMAGES += ["turned.jpg", "wide.png"]


def target(change: Any) -> Make:
    """``change`` is given the finished picture and what EXIF says."""

    def make(seen: Seen, reference: Reference) -> Any:
        picture = Image.fromarray(np.asarray(reference.flatten(seen.decoded, seen.content)))
        return np.asarray(change(picture, opened(seen.content).getexif().get(0x0112, 1)))

    return make


def turned(picture: Image.Image, *turns: Turn | None) -> Image.Image:
    for turn in turns:
        picture = picture if turn is None else picture.transpose(turn)
    return picture


def backwards(picture: Image.Image, orientation: int) -> Image.Image:
    if orientation not in (6, 8):
        return picture
    return turned(picture, UNDO[orientation], UNDO[orientation])


TARGETS: dict[str, Make] = {
    "exif-ignored": target(lambda picture, way: turned(picture, UNDO.get(way))),
    "exif-twice": target(lambda picture, way: turned(picture, DO.get(way))),
    "exif-backwards": target(backwards),
    "exif-mirrors-ignored": target(
        lambda picture, way: turned(picture, UNDO[way]) if way in MIRRORS else picture
    ),
}


@pytest.mark.parametrize("fault", TARGETS)
def test_orientation__is_named(fault: str) -> None:
    assert [{}] == named(fault, TARGETS[fault], IMAGES)


@pytest.mark.parametrize("fault", TARGETS)
def test_orientation__the_others_are_silent(fault: str) -> None:
    assert [] == silent(FAULTS, TARGETS[fault], IMAGES, but=(fault,))


def test_orientation__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_orientation__silent_where_every_picture_is_turned() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: np.rot90(picture)))


def test_orientation__followed_where_the_reference_ignores_it() -> None:
    following = target(lambda picture, way: turned(picture, DO.get(way)))
    assert [{}] == named("exif-followed", following, IMAGES, rule=IGNORING)
    assert [] == named("exif-ignored", following, IMAGES, rule=IGNORING)
