from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.decoded.colours import FAULTS
from ml_ci.parity.faults.decoded.inks import FAULTS as INKS
from ml_ci.parity.faults.fault import Make
from tests.builders.fault_targets import named, redecoded, silent

IMAGES = [
    *("wide.png", "tall 4:4:4.jpg", "turned.jpg", "PNG RGBA", "PNG LA", "PNG L", "grey JPEG"),
    *("palette", "clear index", "CMYK", "JPEG turned 5", "PNG turned 8"),
]
ALL = [*FAULTS, *INKS]


def as_rgb(image: Image.Image) -> Any:
    """Pillow's colours, alpha dropped."""
    image = image.convert("RGBA") if image.mode == "P" else image
    return np.asarray(image.convert("RGB"))


def blue_first(image: Image.Image, decoded: Decoded) -> Decoded:
    """As OpenCV: three channels whatever the file is."""
    return Decoded(pixels=as_rgb(image)[..., ::-1].copy(), mode="RGB")


def without_alpha(image: Image.Image, decoded: Decoded) -> Decoded:
    return Decoded(pixels=as_rgb(image), mode="RGB")


def over_black(image: Image.Image, decoded: Decoded) -> Decoded:
    if image.mode == "CMYK":
        return decoded
    canvas = Image.new("RGBA", image.size, (0, 0, 0, 255))
    canvas.alpha_composite(image.convert("RGBA"))
    return Decoded(pixels=np.asarray(canvas.convert("RGB")), mode="RGB")


def indices(image: Image.Image, decoded: Decoded) -> Decoded:
    if image.mode != "P":
        return decoded
    return Decoded(pixels=np.asarray(image)[..., None].repeat(3, axis=2), mode="RGB")


def grey(image: Image.Image, decoded: Decoded) -> Decoded:
    luma = Image.fromarray(as_rgb(image)).convert("L")
    return Decoded(pixels=np.asarray(luma)[..., None], mode="L")


def turned(image: Image.Image, decoded: Decoded) -> Decoded:
    upright = ImageOps.exif_transpose(image)
    return Decoded(pixels=np.atleast_3d(np.asarray(upright)), mode=image.mode)


CASES: list[tuple[str, dict[str, str], Any]] = [
    ("decoder-drops-alpha", {"way": "dropped"}, without_alpha),
    ("palette-as-grey", {}, indices),
    ("decoder-gives-grey", {"way": "of red, green and blue"}, grey),
    ("decoder-turns", {}, turned),
    ("decoder-blue-first", {}, blue_first),
]


@pytest.mark.parametrize(("fault", "expected", "change"), CASES)
def test_decoded_colours__is_named_and_nothing_else(
    fault: str, expected: dict[str, str], change: Any
) -> None:
    images = [name for name in IMAGES if fault == "decoder-drops-alpha" or opaque(name)]
    assert [expected] == named(fault, redecoded(change), images)
    assert [] == silent(ALL, redecoded(change), images, but=(fault,))


def opaque(name: str) -> bool:
    return name not in ("PNG RGBA", "PNG LA", "clear index")


def test_decoder_drops_alpha__or_blends_it_with_black() -> None:
    found = named("decoder-drops-alpha", redecoded(over_black), ["PNG LA", "wide.png"])
    assert [{"way": "over black"}] == found


def test_decoded_colours__silent_on_the_clean_side() -> None:
    assert [] == silent(ALL, None)


def inked(rule: Any) -> Make:
    def change(image: Image.Image, decoded: Decoded) -> Decoded:
        if image.mode != "CMYK":
            return decoded
        levels = rule(decoded.pixels.astype(np.float64))
        return Decoded(pixels=levels.clip(0, 255).round().astype(np.uint8), mode="RGB")

    return redecoded(change)


RULES: dict[str, Any] = {
    "inverted": lambda inks: inks[..., :3] * inks[..., 3:] / 255,
    "subtracted": lambda inks: 255 - (inks[..., :3] + inks[..., 3:]).clip(max=255),
    "without black": lambda inks: 255 - inks[..., :3],
    "first three": lambda inks: inks[..., :3],
}


@pytest.mark.parametrize("rule", RULES)
def test_decoder_converts_cmyk__is_named_and_nothing_else(rule: str) -> None:
    target, images = inked(RULES[rule]), ["CMYK", "YCCK", "wide.png"]
    assert [{"rule": rule}] == named("decoder-converts-cmyk", target, images)
    assert [] == silent(FAULTS, target, images)


def test_decoder_converts_cmyk__silent_where_it_does_so_by_the_rule() -> None:
    right = inked(lambda inks: (255 - inks[..., :3]) * (255 - inks[..., 3:]) / 255)
    assert [] == named("decoder-converts-cmyk", right)
