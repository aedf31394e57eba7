"""What a comparison found: per rung, per image, and the verdict over all of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Mark = Literal["equal", "within", "note", "differs", "not recorded"]
"""How one image stands on one rung. `note`: different, but a later exact rung undoes it, or a label
that flips between classes whose probabilities are equal within the noise."""
Verdict = Literal["pass", "differs", "incomplete"]


class Result(BaseModel):
    """Frozen, and closed against keys nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RungResult(Result):
    """One image on one rung."""

    step: str
    mark: Mark
    inherited: float | None
    """Largest |target − reference| over the whole chain; None on exact rungs."""
    allowed: float | None
    message: str
    """The mismatch in words; empty when there is nothing to say."""


class ImageResult(Result):
    """One golden image on every rung."""

    image: str
    first_step: str | None
    """The first rung that differs."""
    rungs: tuple[RungResult, ...]


class StepResult(Result):
    """One rung over all images."""

    step: str
    compared: int
    """Images on which both sides recorded this rung."""
    images: int
    """Images that differ here."""
    first: int
    """Images whose first differing rung this is."""
    inherited: float | None
    """Largest over the images."""
    allowed: float | None
    """What was allowed on the image with the largest `inherited`."""


class Failure(Result):
    """An image without a complete trace, and why."""

    image: str
    message: str


class ParityResult(Result):
    """One target against the reference."""

    target: str
    verdict: Verdict
    sentence: str
    """The verdict in plain words."""
    first_step: str | None
    golden: int
    """Images in the golden set."""
    agreeing: int
    """Images that were compared completely and differ nowhere."""
    steps: tuple[StepResult, ...]
    images: tuple[ImageResult, ...]
    failures: tuple[Failure, ...]
