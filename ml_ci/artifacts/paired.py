"""Two answers to the same images: which flipped, and an interval around what came of it."""

from __future__ import annotations

from typing import Literal

from ml_ci.artifacts.bounds import Name
from ml_ci.artifacts.record import Record

LISTED = 200
"""Longest list of flips: what a person can look through; beyond it there are counts."""

FlipKind = Literal["fixed", "broken", "other"]


class Interval(Record):
    """95 % interval."""

    low: float
    high: float


class Flip(Record):
    """One test image that is answered with another class than before."""

    kind: FlipKind
    image: Name
    label: Name
    before: Name
    after: Name
    before_confidence: float
    after_confidence: float
