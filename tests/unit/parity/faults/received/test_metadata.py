from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from ml_ci.data.inspection import inspect
from ml_ci.data.prepare import encoding
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.received.metadata import FAULTS
from tests.builders.fault_targets import named, opened, silent
from tests.builders.faults import pictures, reference, scene
from tests.builders.images import encoded

KINDS = ("PNG", "JPEG", "WebP")
TURNED = [f"{kind} turned 6" for kind in ("PNG", "JPEG", "WEBP")]


def rewritten(content: bytes, _: Any) -> bytes:
    """Written anew without loss, which forgets EXIF."""
    image = opened(content)
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    return encoded(clean, "PNG")


def stripped(fault: str, content: bytes) -> bytes:
    [variant] = fault_of(fault).variants(reference())
    made: bytes = variant.make(content, reference())
    return made


def test_exif_stripped__is_named_and_nothing_else() -> None:
    images = [*TURNED, "wide.png", "tall 4:4:4.jpg"]
    assert [{}] == named("exif-stripped", rewritten, images)
    assert [] == named("turned-on-the-way", rewritten, images)


@pytest.mark.parametrize("name", TURNED)
def test_exif_stripped__leaves_the_picture(name: str) -> None:
    sent = pictures()[name]
    before, after = inspect(sent), inspect(stripped("exif-stripped", sent))
    assert (6, 1) == (before.orientation, after.orientation)
    assert (before.picture_sha256, before.incomplete) == (after.picture_sha256, None)
    assert not after.has_exif


@pytest.mark.parametrize("kind", KINDS)
def test_profile_stripped__leaves_the_picture(kind: str) -> None:
    sent = encoding.with_profile(scene(30, 40), kind.upper())
    before, after = inspect(sent), inspect(stripped("profile-stripped", sent))
    assert (True, False) == (bool(before.profile_sha256), bool(after.profile_sha256))
    assert (before.picture_sha256, None) == (after.picture_sha256, after.incomplete)


def test_profile_stripped__a_webp_says_so_in_its_header() -> None:
    made = stripped("profile-stripped", encoding.with_profile(scene(30, 40), "WEBP"))
    assert 0 == made[20] & 0x20  # the flags of VP8X: 0x20 is the profile
    assert len(made) == int.from_bytes(made[4:8], "little") + 8


def test_profile_stripped__explains_nothing_because_nothing_differs() -> None:
    assert [] == named("profile-stripped", lambda content, _: stripped("profile-stripped", content))


def test_metadata__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_metadata__silent_where_pixels_were_turned() -> None:
    def turned(content: bytes, _: Any) -> bytes:
        return encoded(opened(content).transpose(Image.Transpose.ROTATE_90), "PNG")

    assert [] == silent(FAULTS, turned, [*TURNED, "wide.png"])
