"""Resizing before preprocessing: to which size, told from sizes, and by which filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ml_ci.parity.faults.retouch import Pixels

FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}
"""Pillow's, all but nearest antialiased."""

Size = tuple[int, int]
"""Height and width."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How large a picture becomes."""

    kind: str
    """`longest`: its longer side is `value` at most; `width`: its width; `square`: both sides are
    `value`; `scale`: both times `value`."""
    value: float
    truncated: bool = False
    """The computed side is truncated instead of rounded."""

    @property
    def words(self) -> str:
        """What is done to a picture."""
        return {
            "longest": f"its longer side is at most {self.value:g} px",
            "width": f"it is at most {self.value:g} px wide",
            "square": f"it is {self.value:g}×{self.value:g} px",
            "scale": f"it has {self.value:.4g} times its size",
        }[self.kind]

    def size_of(self, size: Size) -> Size:
        """What becomes of a height and width; at least 1 px."""
        height, width = size
        if self.kind == "square":
            return int(self.value), int(self.value)
        scale = self.value
        if self.kind in ("longest", "width"):
            scale = min(1.0, self.value / (width if self.kind == "width" else max(size)))
        whole = int if self.truncated else round
        # A hair more: 300 · (224 / 300) is 224, in exact arithmetic
        sides = (max(1, whole(side * scale + 1e-9)) for side in (height, width))
        return next(sides), next(sides)


def rule_of(sizes: Sequence[tuple[Size, Size]]) -> Rule | None:
    """The first rule that makes every second size of the first; None where none does, or where
    nothing was resized."""
    if all(before == after for before, after in sizes):
        return None
    for rule in _candidates(sizes):
        if all(rule.size_of(before) == after for before, after in sizes):
            return rule
    return None


def resized(picture: Pixels, rule: Rule, name: str) -> Pixels:
    """(H, W, 3) by ``rule`` and the filter ``name``; as it is where its size stays."""
    height, width = rule.size_of(picture.shape[:2])
    if (height, width) == picture.shape[:2]:
        return picture
    return np.array(Image.fromarray(picture).resize((width, height), FILTERS[name]))


def _candidates(sizes: Sequence[tuple[Size, Size]]) -> Iterator[Rule]:
    changed = [(before, after) for before, after in sizes if before != after]
    longest = max(max(after) for _, after in changed)
    for truncated in (False, True):
        yield Rule(kind="longest", value=longest, truncated=truncated)
        widest = max(after[1] for _, after in changed)
        yield Rule(kind="width", value=widest, truncated=truncated)
    if len(changed) > 1:
        yield Rule(kind="square", value=longest)
    for truncated in (False, True):
        low, high = _scales(sizes, truncated=truncated)
        for digits in (1, 2, 3, 4):
            # The nearest number of few digits between the bounds
            yield Rule(kind="scale", value=round((low + high) / 2, digits), truncated=truncated)
        yield Rule(kind="scale", value=(low + high) / 2, truncated=truncated)


def _scales(sizes: Sequence[tuple[Size, Size]], *, truncated: bool) -> tuple[float, float]:
    """Between which scales all sides become what they are."""
    sides = [pair for before, after in sizes for pair in zip(before, after, strict=True)]
    below, above = (0.0, 1.0) if truncated else (0.5, 0.5)
    low = max((after - below) / before for before, after in sides)
    high = min((after + above) / before for before, after in sides)
    return low, high
