"""Colours: of a decoded picture, before transparency is filled with the background."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ml_ci.data.decode import image_from
from ml_ci.data.flatten import narrow
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import upright
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Seen
from ml_ci.parity.faults.opening import opened
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels

WITH_ALPHA = ("RGBA", "RGBA;16", "LA", "LA;16")


@dataclass(frozen=True, kw_only=True)
class Colours:
    """Upright as the reference has it."""

    colour: Pixels
    """(H, W, 3), as stored under transparent pixels, too."""
    alpha: Pixels
    """(H, W, 1), 255 where it is opaque."""

    @property
    def opaque(self) -> bool:
        """No pixel is transparent."""
        return bool((self.alpha == 255).all())

    def over(self, background: tuple[int, int, int], alpha: Pixels | None = None) -> Pixels:
        """(H, W, 3), as ``ml_ci.data.flatten`` fills it; with ``alpha``, if it is given."""
        share = (self.alpha if alpha is None else alpha).astype(np.uint32)
        levels = self.colour * share + (255 - share) * np.array(background, np.uint32)
        return ((levels + 127) // 255).astype(np.uint8)


def colours_of(seen: Seen, reference: Reference) -> Colours:
    """Raises StepError where the file says nothing of its colours.

    Over white a transparent pixel is 255 − alpha lighter than over black, in exact arithmetic.
    """
    black, white = (
        image_from(seen.decoded, seen.content, replace(reference.rule, background=background))
        for background in ((0, 0, 0), (255, 255, 255))
    )
    alpha = (255 - (white.astype(np.int16) - black))[..., :1].astype(np.uint8)
    if (alpha == 255).all():
        return Colours(colour=black, alpha=alpha)
    colour = _stored(seen)
    if reference.rule.orientation == "exif":
        colour = upright(colour, inspect(seen.content).orientation)
    return Colours(colour=colour, alpha=alpha)


def _stored(seen: Seen) -> Pixels:
    """(H, W, 3) without alpha, not turned."""
    mode, pixels = seen.decoded.mode, narrow(seen.decoded.pixels)
    if mode == "P":
        return _palette(seen.content)[pixels[..., 0]]
    if mode in WITH_ALPHA:
        pixels = pixels[..., :-1]
    if pixels.shape[2] not in (1, 3):
        raise StepError(f"pixels stored as {mode} have no colours under transparency")
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3))


def _palette(content: bytes) -> Pixels:
    """(256, 3); black beyond the file's palette."""
    table = np.zeros((256, 3), np.uint8)
    with opened(content) as image:
        levels = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)[:256]
    table[: len(levels)] = levels
    return table
