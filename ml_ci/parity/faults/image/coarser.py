"""Coarser: fewer levels per channel, or only two in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.curves import LEVELS, Table, as_table, looked_up, observed
from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Pixels, Retouch, Touch, of_one_size
from ml_ci.steps import IMAGE

_WAYS = ("cut", "stretched", "rounded")
_NAMES = {(5, 6, 5): "RGB565", (5, 5, 5): "RGB555", (4, 4, 4): "RGB444", (3, 3, 2): "RGB332"}
_USUAL = ((5, 6, 5), (4, 4, 4), (3, 3, 2))
Bits = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class FewerBits(Retouch):
    """Some bits per channel are kept; the rest is zero, or filled so that white stays white."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Of all channels."""
        return (Parameter(name="bits", low=1, high=7, whole=True),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """What frame buffers of 16, 12 and 8 bits hold."""
        del reference
        return [self._touch(bits, "stretched") for bits in _USUAL]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """The bits of each channel whose table the target follows."""
        del reference
        curve = observed(pairs)
        if curve is None:
            return []
        for way in _WAYS:
            fitting = [
                [
                    bits
                    for bits in range(1, 9)
                    if curve.is_by(_in(_table(bits, way), channel, curve.means), _grain(way))
                ]
                for channel in range(3)
            ]
            if not all(fitting):
                continue
            red, green, blue = (max(bits) for bits in fitting)
            if (red, green, blue) != (8, 8, 8):
                return [self._touch((red, green, blue), way)]
        return []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """As many bits of every channel."""
        del reference
        bits = min(max(round(values[0]), 1), 7)
        return self.variant(self._touch((bits, bits, bits), "stretched"))

    def _touch(self, bits: Bits, way: str) -> Touch:
        table = np.stack([_table(count, way) for count in bits], axis=1)
        name = _NAMES.get(bits, "{} bits of R, {} of G, {} of B".format(*bits))
        return Touch(
            parameters={"bits": bits, "way": way},
            said=f"levels are reduced to {name} ({way})",
            change=looked_up(table),
            grain=_grain(way),
        )


@dataclass(frozen=True, kw_only=True)
class Binarised(Retouch):
    """Black below a brightness, white from it on."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The least level that becomes white."""
        return (Parameter(name="threshold", low=1, high=255, whole=True),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """The middle."""
        del reference
        return [self._touch(128)]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Between the lightest that is black and the darkest that is white."""
        del reference
        if not of_one_size(pairs) or not all(_is_binary(theirs) for _, theirs in pairs):
            return []
        darkest, lightest = 256.0, -1.0
        for ours, theirs in pairs:
            luma, white = _luma(ours), theirs[..., 0] > 0
            darkest = min(darkest, float(luma[white].min(initial=256.0)))
            lightest = max(lightest, float(luma[~white].max(initial=-1.0)))
        return [self._touch(round(darkest))] if lightest < darkest else []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This level."""
        del reference
        return self.variant(self._touch(round(values[0])))

    def _touch(self, threshold: int) -> Touch:
        def change(picture: Pixels) -> Pixels:
            white = _luma(picture) >= threshold
            return np.repeat(np.where(white, np.uint8(255), np.uint8(0))[..., None], 3, axis=2)

        return Touch(
            parameters={"threshold": threshold},
            said=f"pictures are black and white, cut at a brightness of {threshold}",
            change=change,
        )


def _table(bits: int, way: str) -> Table:
    """(256,)"""
    most = 2**bits - 1
    kept = LEVELS >> (8 - bits)
    if way == "cut":
        return as_table(kept << (8 - bits))
    if way == "rounded":
        kept = np.rint(LEVELS * most / 255).astype(np.int64)
    return as_table(kept * 255 / most)


def _in(table: Table, channel: int, means: NDArray[np.float64]) -> Table:
    """(256, 3): ``table`` in one channel, in the others what the target has itself."""
    full = np.rint(means).astype(np.uint8)
    full[:, channel] = table
    return full


def _grain(way: str) -> float:
    """Some repeat the bits that are kept in those that are not, which is 1 off."""
    return 1.0 if way == "stretched" else 0.0


def _is_binary(picture: Pixels) -> bool:
    return bool(np.isin(picture, (0, 255)).all() and (np.ptp(picture, axis=2) == 0).all())


def _luma(picture: Pixels) -> NDArray[np.int64]:
    """(H, W), by BT.601 in 16 bits behind the point and rounded, as Pillow has it."""
    luma: NDArray[np.int64] = (picture @ np.array([19595, 38470, 7471]) + 32768) >> 16
    return luma


FAULTS = (
    FewerBits(
        id="fewer-bits",
        step=IMAGE.name,
        title="Fewer levels per channel",
        symptom="smooth parts of pictures show bands",
        source="plausible",
        witness="a picture with soft gradients",
        server="take 8 bits per channel from camera, screen or bitmap (`ARGB_8888`, not `RGB_565`)",
    ),
    Binarised(
        id="binarised",
        step=IMAGE.name,
        title="Black and white",
        symptom="pictures lose everything but their outlines",
        source="plausible",
        witness="a picture with middle tones",
        server="hand the picture as it is to preprocessing: look for a threshold",
    ),
)
