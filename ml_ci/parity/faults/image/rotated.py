"""Rotated: every picture is turned about its centre by some degrees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import minimize_scalar

from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Pixels, Retouch, Touch, nearest, of_one_size
from ml_ci.steps import IMAGE

_RANGE = 45.0  # degrees; further turns are nearer to another of the eight orientations
_STEP = 3.0
_SAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "nearest": Image.Resampling.NEAREST,
    "bicubic": Image.Resampling.BICUBIC,
}
_FILLS = {"black": (0, 0, 0), "white": (255, 255, 255)}
_COMPARED = 3
_LARGEST = 40_000  # pixels of a picture that an angle is searched on, if there are such


@dataclass(frozen=True, kw_only=True)
class Rotated(Retouch):
    """Anticlockwise, the size stays."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Degrees."""
        return (Parameter(name="degrees", low=-_RANGE, high=_RANGE, whole=False),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """A few degrees both ways."""
        del reference
        return [self._touch(degrees, "bilinear", "black") for degrees in (5.0, -5.0, 10.0, -10.0)]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """The angle at which the discs in the middle are nearest, then filter and filling."""
        del reference
        if not of_one_size(pairs):
            return []
        some = _telling(pairs)
        grid = np.arange(-_RANGE, _RANGE + _STEP, _STEP)
        start = min(grid, key=lambda degrees: self._far(float(degrees), some))
        degrees = float(start)
        for reach in (_STEP, 0.3):
            found = minimize_scalar(
                lambda at: self._far(float(at), some),
                bounds=(degrees - reach, degrees + reach),
                method="bounded",
                options={"xatol": 1e-4},
            )
            degrees = float(found.x)
        angles = dict.fromkeys((round(degrees), round(degrees, 1), round(degrees, 2), degrees))
        touches = [
            self._touch(float(angle), name, fill)
            for angle in angles
            for name in _SAMPLING
            for fill in _FILLS
            if angle
        ]
        return nearest(touches, some)

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This angle, bilinear, filled with black."""
        del reference
        degrees = float(values[0])
        return self.variant(self._touch(degrees, "bilinear", "black")) if degrees else None

    def _far(self, degrees: float, pairs: Sequence[Pair]) -> float:
        far = 0.0
        for ours, theirs in pairs:
            made = _turned(ours, degrees, "bilinear", "black").astype(np.float64)
            disc = _disc(ours.shape[0], ours.shape[1])
            far += float(((made - theirs)[disc] ** 2).mean())
        return far

    def _touch(self, degrees: float, name: str, fill: str) -> Touch:
        return Touch(
            parameters={"degrees": degrees, "filter": name, "filled": fill},
            said=f"every picture is rotated by {degrees:.4g}° anticlockwise ({name}, on {fill})",
            change=lambda picture: _turned(picture, degrees, name, fill),
            grain=2.0,  # places are rounded to a fraction of a pixel, otherwise in each library
        )


def _turned(picture: Pixels, degrees: float, name: str, fill: str) -> Pixels:
    image = Image.fromarray(picture)
    return np.array(image.rotate(degrees, resample=_SAMPLING[name], fillcolor=_FILLS[fill]))


def _disc(height: int, width: int) -> NDArray[np.bool_]:
    """(H, W): what stays in the picture however it is turned."""
    rows, columns = np.ogrid[:height, :width]
    radius = max(min(height, width) / 2 - 1, 1)
    away = (rows - (height - 1) / 2) ** 2 + (columns - (width - 1) / 2) ** 2
    disc: NDArray[np.bool_] = away <= radius**2
    return disc


def _telling(pairs: Sequence[Pair]) -> list[Pair]:
    """The largest that are not too large."""
    small = [pair for pair in pairs if pair[0][..., 0].size <= _LARGEST]
    ranked = sorted(small or pairs, key=lambda pair: -pair[0].size)
    return ranked[:_COMPARED] if small else ranked[-1:]


FAULTS = (
    Rotated(
        id="rotated",
        step=IMAGE.name,
        title="Rotated by some degrees",
        symptom="answers are less sure, most of all for pictures with thin lines",
        source="plausible",
        witness="any picture with detail",
        server="look for a deskewing, or an augmentation of training that was left on",
    ),
)
