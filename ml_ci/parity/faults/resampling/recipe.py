"""A recipe: everything that decides how a picture becomes `resized`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ml_ci.params.preprocess import Fit, PreprocessSettings
from ml_ci.parity.faults.resampling.matrices import Resampling

Levels = Literal["floats", "rounded", "truncated", "Pillow", "Pillow 12", "OpenCV", "float16"]
Sides = Literal["half up", "down", "up", "half even"]
Margin = Literal["colour", "edge", "mirrored"]
FILTERS = {"bilinear": Resampling(kernel="bilinear"), "bicubic": Resampling(kernel="bicubic -0.5")}
"""Of params.yaml."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """Something done to the picture before it is fitted."""

    kind: Literal["stretched to", "short side to", "long side to", "halved", "blurred"]
    amount: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Named as in params.yaml where params.yaml has it."""

    fit: Fit
    size: tuple[int, int]
    ratio: float
    pad_colour: tuple[float, ...]
    """RGB."""
    channels: int
    resampling: Resampling
    clamp: bool
    levels: Levels = "floats"
    """What is left of them after each resize; after the last one it is ``finish``'s."""
    sides: Sides = "half up"
    """How computed sides are rounded."""
    odd: Literal["down", "up", "half even"] = "down"
    """How half a margin is rounded, of padding and of cropping."""
    anchor: tuple[float, float] = (0.5, 0.5)
    """Where the picture lies in its margins and the crop in the picture: 0 top or left, 1 bottom or
    right."""
    offset: tuple[int, int] = (0, 0)
    """Pixels that a crop lies further down and to the right."""
    margin: Margin = "colour"
    window: float = 1.0
    """Share of each side that is cut out of the middle before anything else."""
    exchanged: bool = False
    """Computed heights are taken for widths."""
    before: Before | None = None
    light: Literal["sRGB", "linear"] = "sRGB"
    grey: Literal["exact", "rounded"] = "exact"
    sharpened: bool = False
    transposed: bool = False
    scaled: bool = False
    """0–1 instead of 0–255."""

    @property
    def overshoots(self) -> bool:
        """Whether the kernel has negative lobes."""
        return self.resampling.kernel.startswith(("bicubic", "lanczos", "mitchell", "spline"))


def recipe_of(settings: PreprocessSettings) -> Recipe:
    """What the reference does; settings that take no part have one value."""
    rated = settings.fit in ("short_side_crop", "two_pass_pad")
    return Recipe(
        fit=settings.fit,
        size=(settings.size[0], settings.size[1]),
        ratio=settings.resize_ratio if rated else 1.0,
        pad_colour=tuple(float(level) for level in settings.pad_colour),
        channels=settings.channels,
        resampling=FILTERS[settings.filter],
        clamp=settings.clamp if settings.filter == "bicubic" else True,
    )
