from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]
from PIL import Image

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.decoded.another_decoder import FAULTS as ANOTHER
from ml_ci.parity.faults.decoded.jpeg import FAULTS
from ml_ci.parity.faults.fault import Evidence, Make
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, opened, said, silent
from tests.builders.faults import explaining, pictures, reference, scene
from tests.builders.images import encoded

IMAGES = [*("wide 4:2:0.jpg", "tall 4:4:4.jpg", "turned.jpg", "wide.png", "format webp", "CMYK")]
ALL = [*FAULTS, *ANOTHER]


def in_colour(again: Any) -> Make:
    """JPEGs in colour decoded by ``again`` of their bytes."""

    def make(content: bytes, reference: Reference) -> Decoded:
        decoded = reference.decode(content)
        is_jpeg = content.startswith(b"\xff\xd8") and decoded.mode == "RGB"
        return Decoded(pixels=again(content), mode="RGB") if is_jpeg else decoded

    return make


def to_rgb(y: Any, cb: Any, cr: Any) -> Any:
    """Integers of 16 bits behind the point, as libjpeg has them."""
    blue, red = cb.astype(np.int64) - 128, cr.astype(np.int64) - 128
    rgb = [
        y + ((91881 * red + 32768) >> 16),
        y + ((-22554 * blue - 46802 * red + 32768) >> 16),
        y + ((116130 * blue + 32768) >> 16),
    ]
    return np.stack(rgb, axis=2).clip(0, 255).astype(np.uint8)


def planes(content: bytes, scale: int = 1) -> Any:
    """At half the size the chroma of 4:2:0 is not upsampled at all."""
    image = opened_lazily(content)
    image.draft("YCbCr", (image.width // scale, image.height // scale))
    return np.moveaxis(np.asarray(image), 2, 0).astype(np.int64)


def replicated(content: bytes) -> Any:
    y = planes(content)[0]
    blue, red = (plane.repeat(2, 0).repeat(2, 1) for plane in planes(content, 2)[1:])
    return to_rgb(y, blue, red)


def fast(content: bytes) -> Any:
    return simplejpeg.decode_jpeg(content, "BGR", fastdct=True)[..., ::-1].copy()


def bt709(content: bytes) -> Any:
    y, blue, red = planes(content)
    blue, red = blue - 128, red - 128
    rgb = [y + 1.5748 * red, y - 0.187324 * blue - 0.468124 * red, y + 1.8556 * blue]
    return np.stack(rgb, axis=2).round().clip(0, 255).astype(np.uint8)


def limited(content: bytes) -> Any:
    y, blue, red = planes(content)
    y, blue, red = 1.164384 * (y - 16), blue - 128, red - 128
    rgb = [y + 1.596027 * red, y - 0.391762 * blue - 0.812968 * red, y + 2.017232 * blue]
    return np.stack(rgb, axis=2).round().clip(0, 255).astype(np.uint8)


def exchanged(content: bytes) -> Any:
    y, blue, red = planes(content)
    return to_rgb(y, red, blue)


def shown(make: Make, *contents: bytes) -> Evidence:
    return Evidence(given=list(contents), made=[make(one, reference()) for one in contents])


def test_chroma_nearest__is_named_and_nothing_else() -> None:
    content = encoded(Image.fromarray(scene(64, 96)), "JPEG", quality=88, subsampling=2)
    found = shown(in_colour(replicated), content, pictures()["wide.png"])
    ours = reference()
    assert [fault for fault in ALL if explaining(fault, found, ours)] == [
        fault_of("chroma-nearest")
    ]


@pytest.mark.parametrize(
    ("fault", "expected", "again"),
    [
        ("idct-fast", {"way": "fast"}, fast),
        ("jpeg-matrix", {"matrix": "BT.709"}, bt709),
        ("jpeg-matrix", {"matrix": "BT.601, limited"}, limited),
        ("jpeg-matrix", {"matrix": "Cb and Cr exchanged"}, exchanged),
    ],
)
def test_jpeg__is_named_and_nothing_else(fault: str, expected: dict[str, str], again: Any) -> None:
    assert [expected] == named(fault, in_colour(again), IMAGES)
    assert [] == silent(ALL, in_colour(again), IMAGES, but=(fault,))


def test_jpeg__silent_on_the_clean_side() -> None:
    assert [] == silent(ALL, None)


def test_draft__the_side_is_estimated() -> None:
    large = encoded(Image.fromarray(scene(400, 520)), "JPEG", quality=90)
    small = encoded(Image.fromarray(scene(150, 130)), "JPEG", quality=90)

    def drafted(content: bytes) -> Any:
        image = opened_lazily(content)
        image.draft("RGB", (96, 96))
        return np.asarray(image)

    ours = reference()
    [found] = explaining(fault_of("draft-decoded"), shown(in_colour(drafted), large, small), ours)
    assert {"side": 96} == dict(found.parameters)


def opened_lazily(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_draft__silent_where_pictures_are_resized_otherwise() -> None:
    def halved(content: bytes) -> Any:
        image = opened(content)
        return np.asarray(image.resize((image.width // 2, image.height // 2)))

    assert [] == named("draft-decoded", in_colour(halved), IMAGES)


def test_another_decoder__is_known_by_small_differences_of_jpegs_alone() -> None:
    def rounded_otherwise(content: bytes) -> Any:
        pixels = np.asarray(opened(content))
        odd = np.indices(pixels.shape).sum(axis=0) % 3 == 0
        return np.where(odd & (pixels < 255), pixels + 1, pixels).astype(np.uint8)

    target = in_colour(rounded_otherwise)
    assert ["another JPEG decoder: JPEGs alone, by 1 levels at most"] == said(
        "jpeg-decoder", target, IMAGES
    )
    assert [] == silent(FAULTS, target, IMAGES)


def test_another_decoder__silent_where_other_formats_differ_too() -> None:
    def brighter(content: bytes, reference: Reference) -> Decoded:
        decoded = reference.decode(content)
        return Decoded(
            pixels=np.where(decoded.pixels < 255, decoded.pixels + 1, 255).astype("u1"),
            mode=decoded.mode,
        )

    assert [] == named("jpeg-decoder", brighter, ["wide 4:2:0.jpg", "wide.png"])


def test_another_decoder__silent_on_large_differences() -> None:
    target = in_colour(lambda content: np.asarray(opened(content)) // 2)
    assert [] == named("jpeg-decoder", target, IMAGES)


def test_another_decoder__silent_on_a_single_large_difference() -> None:
    def spotted(content: bytes) -> Any:
        pixels = np.array(opened(content))
        pixels[3, 4] ^= 0x10
        return pixels

    assert [] == named("jpeg-decoder", in_colour(spotted), IMAGES)


def test_another_decoder__leaves_exact_ones_their_name() -> None:
    flat = encoded(Image.fromarray(scene(40, 40) // 32 + 100), "JPEG", quality=97, subsampling=0)
    found = shown(in_colour(fast), flat)
    largest = np.abs(found.made[0].pixels.astype(int) - reference().decode(flat).pixels).max()
    assert 0 < largest <= 3
    assert [] == explaining(fault_of("jpeg-decoder"), found, reference())
