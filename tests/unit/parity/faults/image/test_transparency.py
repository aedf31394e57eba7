from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.image.transparency import FAULTS
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, opened, retouched, silent

ALPHA = ("LA", "RGBA")


def target(change: Any, *modes: str) -> Make:
    """``change`` is given colour and alpha as floats 0–1, of 8-bit pictures in ``modes`` that
    Pillow finds transparent."""

    def make(seen: Seen, reference: Reference) -> Any:
        image = opened(seen.content)
        clear = image.mode in ALPHA or "transparency" in image.info
        if not clear or image.mode not in modes or seen.decoded.pixels.dtype == np.uint16:
            return reference.flatten(seen.decoded, seen.content)
        rgba = np.asarray(image.convert("RGBA")) / 255
        levels = change(rgba[..., :3], rgba[..., 3:])
        return np.rint(255 * np.clip(levels, 0, 1)).astype(np.uint8)

    return make


EIGHT_BITS = [
    *("PNG LA", "PNG RGBA", "clear index", "clear indices", "clear index GIF", "format webp alpha"),
    *("clear level", "clear colour", "wide.png", "palette", "tall 4:4:4.jpg"),
]
ALL = ("LA", "RGBA", "P", "L", "RGB", "1")
TARGETS: dict[str, tuple[dict[str, str], Make]] = {
    "alpha-dropped": ({}, target(lambda colour, _: colour, *ALL)),
    "clear-colour-ignored": ({}, target(lambda colour, _: colour, "L", "RGB", "1")),
    "palette-transparency-ignored": ({}, target(lambda colour, _: colour, "P")),
    "alpha-threshold": (
        {},
        target(lambda colour, alpha: np.where(alpha >= 128 / 255, colour, 1.0), *ALL),
    ),
    "alpha-inverted": (
        {},
        target(lambda colour, alpha: colour * (1 - alpha) + alpha, *ALL),
    ),
    "alpha-in-linear-light": (
        {},
        target(lambda colour, alpha: (colour**2.2 * alpha + 1 - alpha) ** (1 / 2.2), *ALL),
    ),
}


@pytest.mark.parametrize("fault", TARGETS)
def test_transparency__is_named(fault: str) -> None:
    expected, made = TARGETS[fault]
    assert [expected] == named(fault, made, EIGHT_BITS)


@pytest.mark.parametrize(
    ("way", "change"),
    [
        ("multiplied twice", lambda colour, alpha: colour * alpha * alpha + 1 - alpha),
        ("never multiplied", lambda colour, alpha: colour + 1 - alpha),
    ],
)
def test_premultiplied__is_named(way: str, change: Any) -> None:
    assert [{"way": way}] == named("alpha-premultiplied", target(change, *ALL), EIGHT_BITS)


def test_transparency__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_transparency__silent_on_another_background() -> None:
    over_black = target(lambda colour, alpha: colour * alpha, *ALL)
    explained = [fault.id for fault in FAULTS if named(fault.id, over_black, EIGHT_BITS)]
    assert [] == explained


def test_transparency__a_photo_under_alpha_is_seen_when_alpha_is_dropped() -> None:
    made = retouched(lambda picture: picture[::-1])
    assert [] == silent(FAULTS, made)


def test_clear_colour__is_not_the_palette() -> None:
    made = TARGETS["palette-transparency-ignored"][1]
    assert [] == named("clear-colour-ignored", made, EIGHT_BITS)
    assert [] == named("alpha-dropped", made, EIGHT_BITS)
