"""What the coverage of a golden set is: fault by fault, image by image."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ml_ci.artifacts.bounds import IMAGES, ROWS, Count, Name, Text
from ml_ci.artifacts.record import Record


class Sight(Record):
    """By one means of knowing a server."""

    noticed: bool
    """Every detectable way to make this mistake would be noticed."""
    images: Count
    """On which it would be, in any of these ways."""
    best: Name | None
    """The image that shows it best; None where none does."""


class FaultCoverage(Record):
    """One fault and the golden set."""

    fault: Name
    step: Name
    title: Text
    detectable: bool
    """With these settings and this network there is an image on which it shows."""
    reason: Text
    """Why it is not detectable; empty when it is."""
    trace: Sight
    probabilities: Sight
    labels: Sight
    unnoticed: Text
    """The ways to make it that not even a trace would show; empty when there are none."""
    missing: Text
    """The kind of image that would show it; empty when nothing is missing."""


class Share(Record):
    """Faults of those that are detectable at all."""

    noticed: Count
    faults: Count

    @property
    def score(self) -> float:
        """0–1; 1 where there is nothing to notice."""
        return self.noticed / self.faults if self.faults else 1.0


class Coverage(Record):
    """Of one golden set."""

    images: Count
    trace: Share
    probabilities: Share
    labels: Share
    faults: Annotated[tuple[FaultCoverage, ...], Field(max_length=ROWS)]
    smallest: Annotated[tuple[Name, ...], Field(max_length=IMAGES)]
    """Images that notice, from a trace, all that the whole set notices; the most telling first."""
    redundant: Annotated[tuple[Name, ...], Field(max_length=IMAGES)]
    """The others: without any one of them, nothing that was noticed goes unnoticed."""

    @property
    def blind_spots(self) -> tuple[FaultCoverage, ...]:
        """Faults that could be noticed, and are not."""
        return tuple(one for one in self.faults if one.detectable and not one.trace.noticed)
