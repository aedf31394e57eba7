from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.received.converted import FAULTS as CONVERTED
from ml_ci.parity.faults.received.reencoded import FAULTS
from tests.builders.fault_targets import named, opened, said, silent
from tests.builders.faults import pictures, reference

IMAGES = [
    *("wide.png", "tall.png", "wide 4:2:0.jpg", "tall 4:4:4.jpg", "small.png", "turned.jpg"),
    *("PNG turned 8", "PNG RGBA", "format webp", "palette", "grey JPEG"),
]
CONVERSIONS = [*FAULTS, *CONVERTED]


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def by_pillow(kind: str, **options: Any) -> Make:
    """As a gateway does it: alpha dropped, EXIF forgotten."""

    def make(content: bytes, _: Any) -> bytes:
        return saved(opened(content).convert("RGB"), kind, **options)

    return make


def by_canvas(content: bytes, _: Any) -> bytes:
    """As a browser does it: upright, on black."""
    image = ImageOps.exif_transpose(opened(content)).convert("RGBA")
    canvas = Image.new("RGBA", image.size, (0, 0, 0, 255))
    canvas.alpha_composite(image)
    return saved(canvas.convert("RGB"), "JPEG", quality=83)


def jpegs_alone(content: bytes, _: Any) -> bytes:
    image = opened(content)
    if image.format != "JPEG":
        return content
    return saved(image.convert("RGB"), "JPEG", quality=50, exif=image.info.get("exif", b""))


@pytest.mark.parametrize(
    ("quality", "subsampling", "words"), [(61, 2, "4:2:0"), (97, 0, "4:4:4"), (12, 1, "4:2:2")]
)
def test_jpeg__quality_and_subsampling_are_told(quality: int, subsampling: int, words: str) -> None:
    target = by_pillow("JPEG", quality=quality, subsampling=subsampling)
    [found] = named("jpeg-on-the-way", target, IMAGES)
    assert {
        "quality": quality,
        "orientation": "lost",
        "transparency": "dropped",
        "subsampling": words,
    } == found
    assert [] == silent(CONVERSIONS, target, IMAGES, but=("jpeg-on-the-way",))


def test_jpeg__of_a_browser() -> None:
    images = [name for name in IMAGES if name != "grey JPEG"]
    assert [
        "encoded anew as JPEG on the way, quality 83, 4:2:0 "
        "(EXIF's orientation is applied, transparency on black)"
    ] == said("jpeg-on-the-way", by_canvas, images)


def test_jpeg__where_other_formats_pass() -> None:
    images = [name for name in IMAGES if name != "grey JPEG"]
    [found] = named("jpeg-on-the-way", jpegs_alone, images)
    assert (50, "kept", ("PNG", "WebP")) == (
        found["quality"],
        found["orientation"],
        found["untouched"],
    )


@pytest.mark.parametrize("quality", [80, 43, 7])
def test_webp__quality_is_searched(quality: int) -> None:
    target = by_pillow("WEBP", quality=quality)
    [found] = named("webp-on-the-way", target, IMAGES)
    assert quality == found["quality"]
    assert [] == silent(CONVERSIONS, target, IMAGES, but=("webp-on-the-way",))


def test_webp__quality_is_told_of_pictures_of_every_kind() -> None:
    images = [name for name in pictures() if not name.startswith(("EXIF", "16 bits", "clear", "C"))]
    images = [name for name in images if name not in ("YCCK", "PNG 1", "palette BMP")]
    [found] = named("webp-on-the-way", by_pillow("WEBP", quality=75), images)
    assert 75 == found["quality"]


def test_reencoded__silent_on_the_clean_side() -> None:
    assert [] == silent(CONVERSIONS, None)


def test_reencoded__silent_where_pictures_are_written_without_loss() -> None:
    assert [] == silent(FAULTS, by_pillow("PNG"), ["wide.png", "tall 4:4:4.jpg"])


def test_reencoded__silent_where_pictures_are_smoothed_too() -> None:
    def smoothed(content: bytes, _: Any) -> bytes:
        image = opened(content).convert("RGB")
        half = image.resize((image.width // 2 + 1, image.height // 2 + 1))
        return saved(half.resize(image.size), "JPEG", quality=61)

    assert [] == named("jpeg-on-the-way", smoothed, IMAGES)


def test_reencoded__a_whole_number_is_searched() -> None:
    variant = fault_of("jpeg-on-the-way").at([60.6], reference())
    assert variant is not None
    assert 61 == variant.parameters["quality"]


def grey(content: bytes, _: Any) -> bytes:
    return saved(opened(content).convert("RGB").convert("L"), "BMP")


def paletted(content: bytes, _: Any) -> bytes:
    return saved(opened(content).convert("RGB").quantize(256), "GIF")


def on_black(content: bytes, _: Any) -> bytes:
    image = opened(content)
    if image.mode not in ("RGBA", "LA"):
        return content
    rgba = np.asarray(image.convert("RGBA")).astype(float)
    levels = rgba[..., :3] * rgba[..., 3:] / 255
    return saved(Image.fromarray(np.rint(levels).astype(np.uint8)), "PNG")


def alpha_dropped(content: bytes, _: Any) -> bytes:
    image = opened(content)
    return saved(image.convert("RGB"), "BMP") if image.mode in ("RGBA", "LA") else content


def upright_twice(content: bytes, _: Any) -> bytes:
    image = opened(content)
    exif = image.getexif()
    if exif.get(0x0112, 1) == 1:
        return content
    return saved(ImageOps.exif_transpose(image), "PNG", exif=exif)


WAYS: list[tuple[str, dict[str, str], Make]] = [
    ("grey-on-the-way", {"orientation": "lost"}, grey),
    ("palette-on-the-way", {"palette": "256 colours of its own"}, paletted),
    ("transparency-on-the-way", {"transparency": "black"}, on_black),
    ("transparency-on-the-way", {"transparency": "dropped"}, alpha_dropped),
    ("turned-on-the-way", {}, upright_twice),
]


@pytest.mark.parametrize(("fault", "expected", "target"), WAYS)
def test_converted__is_named_and_nothing_else(
    fault: str, expected: dict[str, str], target: Make
) -> None:
    images = [name for name in IMAGES if name != "palette"] + ["PNG turned 5", "PNG LA"]
    assert [expected] == named(fault, target, images)
    assert [] == silent(CONVERSIONS, target, images, but=(fault,))
