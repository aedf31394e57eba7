"""Inks: wrong ways from cyan, magenta, yellow and black to red, green and blue."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way
from ml_ci.steps import DECODED

Mixed = Callable[[NDArray[np.int64]], NDArray[np.int64]]
"""Inks (H, W, 4) → RGB (H, W, 3), both 0–255; what lies outside is cut off."""


def _multiplied(light: NDArray[np.int64]) -> NDArray[np.int64]:
    rounded: NDArray[np.int64] = (light[..., :3] * light[..., 3:] + 127) // 255
    return rounded


_RULES: tuple[tuple[str, str, Mixed], ...] = (
    ("inverted", "the inks of CMYK pictures are taken the wrong way round", _multiplied),
    (
        "subtracted",
        "inks of CMYK pictures are subtracted from white instead of multiplied",
        lambda inks: 255 - inks[..., :3] - inks[..., 3:],
    ),
    ("without black", "black is ignored in CMYK pictures", lambda inks: 255 - inks[..., :3]),
    (
        "first three",
        "cyan, magenta and yellow of CMYK pictures are taken for red, green and blue",
        lambda inks: inks[..., :3],
    ),
)
_TELLING = {
    "decoded": "the decoder converts them; ",
    "image": "the decoder gives CMYK, what comes after it converts it; ",
}


def ways(step: str) -> tuple[Way, ...]:
    """All of them, done by the decoder or after it."""
    return tuple(
        Way(
            name=name,
            said=said,
            server=f"{_TELLING[step]}R = (255 − C)(255 − K) / 255, and JPEGs with Adobe's marker "
            "hold inverted inks; or refuse CMYK",
            make=_at_decoded(mixed) if step == DECODED.name else _at_image(mixed),
            grain=1.0,
        )
        for name, said, mixed in _RULES
    )


def _converted(decoded: Decoded, mixed: Mixed) -> Decoded:
    """Other modes as they are."""
    if decoded.mode != "CMYK":
        return decoded
    levels = mixed(decoded.pixels.astype(np.int64))
    pixels: Pixels = np.clip(levels, 0, 255).astype(np.uint8)
    return Decoded(pixels=pixels, mode="RGB")


def _at_decoded(mixed: Mixed) -> Make:
    def make(content: bytes, reference: Reference) -> Decoded:
        return _converted(reference.decode(content), mixed)

    return make


def _at_image(mixed: Mixed) -> Make:
    def make(seen: Seen, reference: Reference) -> object:
        return reference.flatten(_converted(seen.decoded, mixed), seen.content)

    return make
