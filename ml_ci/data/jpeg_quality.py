"""JPEG quality: which setting of the usual encoder gives the quantisation tables of a file.

The Independent JPEG Group's encoder, and every one that follows it, scales two example tables by a
quality from 1 to 100; other encoders (cameras, Photoshop, mozjpeg) bring tables of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

# ITU-T T.81 (1992), tables K.1 and K.2, row by row
LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
)
_MOST = 255  # in a baseline file a step is one byte

Table = tuple[int, ...]
"""64 steps, row by row; the first is that of the mean."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How coarsely a JPEG was quantised."""

    value: int
    """1–100, as the usual encoder counts; the nearest by least squares."""
    standard: bool
    """The tables are exactly those of that quality."""

    def __str__(self) -> str:
        words = "quality" if self.standard else "tables of its own, quality about"
        return f"{words} {self.value}"


def quality_of(tables: Sequence[Table]) -> Quality | None:
    """Of the components' tables; None without any."""
    if not tables:
        return None
    given = np.array(tables, np.int64)[:, None, None, :]  # (components, 1, 1, 64)
    errors = ((given - _standard_tables()) ** 2).sum(axis=3)  # (components, luma or chroma, 100)
    # Which of both tables a component is quantised by is the encoder's choice
    total = errors.min(axis=1).sum(axis=0)  # (100,)
    best = int(total.argmin())
    return Quality(value=best + 1, standard=int(total[best]) == 0)


@cache
def _standard_tables() -> NDArray[np.int64]:
    """(2, 100, 64): luma and chroma at the qualities 1 to 100."""
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)  # percent
    example = np.array([LUMA, CHROMA], np.int64).reshape(2, 1, 64)
    return np.clip((example * scale[:, None] + 50) // 100, 1, _MOST)
