"""Curves: what became of every level 0–255, seen over all pictures of a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.retouch import Pair, Pixels, of_one_size

Table = NDArray[np.uint8]
"""(256,), the same for every channel, or (256, 3)."""

LEVELS = np.arange(256)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Per level and channel, both (256, 3)."""

    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    """Of what the level became; 0 where it does not occur."""

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Levels that occur."""
        return self.counts > 0

    def is_by(self, table: Table, grain: float = 0.0) -> bool:
        """Whether ``table`` says what became of every level, but for ``grain``."""
        full = table if table.ndim == 2 else table[:, None]
        far = np.abs(self.means - full) > grain + 0.5
        return not bool((far & self.seen).any())


def observed(pairs: Sequence[Pair]) -> Observed | None:
    """None where a level became several ones that are more than 1 apart: then it is no curve."""
    if not pairs or not of_one_size(pairs):
        return None
    joint = np.zeros((3, 256 * 256), np.int64)
    for ours, theirs in pairs:
        together = ours.astype(np.int64) * 256 + theirs  # (H, W, 3)
        for channel in range(3):
            joint[channel] += np.bincount(together[..., channel].ravel(), minlength=256 * 256)
    table = joint.reshape(3, 256, 256)  # [channel, level, what it became]
    happens = table > 0
    counts = table.sum(axis=2)
    lowest = happens.argmax(axis=2)
    highest = 255 - happens[..., ::-1].argmax(axis=2)
    if bool(((highest - lowest > 1) & (counts > 0)).any()):
        return None
    means = (table * LEVELS).sum(axis=2) / np.maximum(counts, 1)
    return Observed(counts=counts.T, means=means.T)


def as_table(levels: NDArray[np.floating] | NDArray[np.integer]) -> Table:
    """Rounded, cut to 0–255."""
    table: Table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return table


def looked_up(table: Table) -> Callable[[Pixels], Pixels]:
    """The change that maps every level by ``table``."""

    def change(picture: Pixels) -> Pixels:
        if table.ndim == 1:
            return table[picture]
        return np.stack([table[picture[..., at], at] for at in range(3)], axis=2)

    return change
