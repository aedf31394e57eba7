"""Resized before preprocessing: on the way, and by the server."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.resizing import Rule, rule_of
from tests.builders.fault_targets import named, opened, retouched
from tests.builders.images import encoded

BOTH = [fault_of("scaled-before"), fault_of("resized-on-the-way")]
IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "tall 4:4:4.jpg", "turned.jpg", "small.png"]


def thumbnail(side: int, resampling: Image.Resampling, kind: str = "PNG", **options: Any) -> Make:
    def make(content: bytes, _: Any) -> bytes:
        image = ImageOps.exif_transpose(opened(content)).convert("RGB")
        scale = side / max(image.size)
        if scale >= 1:
            return content
        size = (round(image.width * scale), round(image.height * scale))
        return encoded(image.resize(size, resampling), kind, **options)

    return make


def halved(kind: Image.Resampling) -> Make:
    def change(picture: Any) -> Any:
        size = (int(picture.shape[1] * 0.55), int(picture.shape[0] * 0.55))
        return np.asarray(Image.fromarray(picture).resize(size, kind))

    return retouched(change)


def test_resized_on_the_way__longest_side_and_filter() -> None:
    [found] = named("resized-on-the-way", thumbnail(80, Image.Resampling.BICUBIC), IMAGES)
    assert {"longest": 80, "filter": "bicubic", "quality": 0, "orientation": "applied"} == found


def test_resized_on_the_way__as_jpeg() -> None:
    target = thumbnail(77, Image.Resampling.LANCZOS, kind="JPEG", quality=81)
    [found] = named("resized-on-the-way", target, IMAGES)
    assert {"longest": 77, "filter": "lanczos", "quality": 81, "orientation": "applied"} == found


def test_resized_on_the_way__small_turned_pictures_stay_as_they_are() -> None:
    images = [*IMAGES, "JPEG turned 6", "PNG turned 8"]
    [found] = named("resized-on-the-way", thumbnail(80, Image.Resampling.BILINEAR), images)
    assert 80 == found["longest"]


def test_scaled_before__scale_and_filter() -> None:
    [found] = named("scaled-before", halved(Image.Resampling.NEAREST), IMAGES)
    assert "nearest" == found["filter"]
    assert pytest.approx(0.55, abs=0.01) == found["scale"]


def test_scaled_before__longest_side() -> None:
    def change(picture: Any) -> Any:
        image = Image.fromarray(picture)
        image.thumbnail((64, 64), Image.Resampling.BILINEAR, reducing_gap=None)
        return np.asarray(image)

    [found] = named("scaled-before", retouched(change), ["wide.png", "small.png", "turned.jpg"])
    assert {"longest": 64, "filter": "bilinear"} == found


@pytest.mark.parametrize("fault", [fault.id for fault in BOTH])
def test_resizing__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, None)


def test_scaled_before__silent_on_a_crop() -> None:
    assert [] == named("scaled-before", retouched(lambda picture: picture[1:-1, 1:-1]), IMAGES)


def test_resized_on_the_way__silent_on_a_crop() -> None:
    def cropped(content: bytes, _: Any) -> bytes:
        image = opened(content)
        return encoded(image.crop((1, 1, image.width - 1, image.height - 1)), "PNG")

    assert [] == named("resized-on-the-way", cropped, IMAGES)


def test_rule__truncates_what_is_whole_in_exact_arithmetic_to_itself() -> None:
    assert 32 > int(49 * (32 / 49))
    rule = Rule(kind="longest", value=32, truncated=True)
    assert (32, 10) == rule.size_of((49, 16))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([((60, 97), (40, 64)), ((20, 30), (20, 30))], Rule(kind="longest", value=64)),
        ([((60, 97), (60, 97)), ((90, 50), (72, 40))], None),
        ([((90, 50), (72, 40)), ((60, 97), (25, 40))], Rule(kind="width", value=40)),
        ([((90, 50), (32, 32)), ((60, 97), (32, 32))], Rule(kind="square", value=32)),
        ([((90, 50), (180, 100)), ((60, 97), (120, 194))], Rule(kind="scale", value=2)),
    ],
)
def test_rule__from_sizes(sizes: Any, expected: Rule | None) -> None:
    assert expected == rule_of(sizes)
