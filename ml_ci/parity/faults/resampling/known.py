"""Known resamplings, by what people call them, the commonest first."""

from __future__ import annotations

from dataclasses import replace

from ml_ci.parity.faults.resampling.matrices import AREAS, NEAREST, Border, Grid, Resampling
from ml_ci.parity.faults.resampling.recipe import Recipe

_COORDINATES: tuple[Grid, ...] = ("align corners", "asymmetric", "pytorch half pixel")
_BORDERS: tuple[Border, ...] = ("repeated", "left out")
PLAIN_BILINEAR = Resampling(kernel="bilinear", antialias=False)
PLAIN_BICUBIC = Resampling(kernel="bicubic -0.75", antialias=False, border="repeated")
LANCZOS4 = Resampling(kernel="lanczos4", antialias=False, border="repeated")
BILINEAR = Resampling(kernel="bilinear")
BICUBIC = Resampling(kernel="bicubic -0.5")
LANCZOS = Resampling(kernel="lanczos3")
AREA = Resampling(kernel=AREAS[0])
BOX = Resampling(kernel="box")
HAMMING = Resampling(kernel="hamming")


def nearests() -> list[Resampling]:
    """OpenCV's, Pillow's, torch's, then the others."""
    first = ("nearest, OpenCV", "nearest, Pillow", "nearest, torch")
    rest = [name for name in NEAREST if name not in first]
    return [Resampling(kernel=name) for name in (*first, *rest)]


def plain(kernel: str) -> list[Resampling]:
    """Without antialiasing, half-pixel centres."""
    borders = ("left out",) if kernel == "bilinear" else _BORDERS
    return [Resampling(kernel=kernel, antialias=False, border=border) for border in borders]


def other_coordinates() -> list[Resampling]:
    """Bilinear and bicubic on other grids, without antialiasing."""
    return [
        Resampling(kernel=kernel, antialias=False, grid=grid, border="repeated")
        for grid in _COORDINATES
        for kernel in ("bilinear", "bicubic -0.75", "bicubic -0.5")
    ]


def everything() -> list[Resampling]:
    """All of them."""
    antialiased = [
        Resampling(kernel=kernel)
        for kernel in (
            *("bilinear", "bicubic -0.5", "lanczos3", "box", "hamming"),
            *("bicubic -0.75", "mitchell", "gaussian", "lanczos5", "lanczos4"),
        )
    ]
    unfiltered = [
        how
        for kernel in ("bilinear", "bicubic -0.75", "bicubic -0.5", "lanczos4", "lanczos3")
        for how in plain(kernel)
    ]
    rest = [Resampling(kernel=name) for name in (*AREAS, "scikit-image", "spline")]
    return [*antialiased, *unfiltered, *nearests(), *rest, *other_coordinates()]


def with_each(base: Recipe, hows: list[Resampling]) -> list[Recipe]:
    """``base`` with each of them, cut back to 0–255 unless the reference leaves overshoot."""
    return [replace(base, resampling=how) for how in hows]


def unclamped(recipes: list[Recipe]) -> list[Recipe]:
    """Those that overshoot, with the other clamp."""
    return [replace(one, clamp=not one.clamp) for one in recipes if one.overshoots]
