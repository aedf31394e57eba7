"""Two answers to the same images: which flipped, and an interval around what came of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ml_ci.artifacts.bounds import Name

LISTED = 200
"""Longest list of flips: what a person can look through; beyond it there are counts."""

FlipKind = Literal["fixed", "broken", "other"]


class _Part(BaseModel):
    """Frozen, closed against keys nobody declared; NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(_Part):
    """95 % interval."""

    low: float
    high: float


class Flip(_Part):
    """One test image that is answered with another class than before."""

    kind: FlipKind
    image: Name
    label: Name
    before: Name
    after: Name
    before_confidence: float
    after_confidence: float
