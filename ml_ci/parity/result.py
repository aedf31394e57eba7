"""What a comparison found: per rung, per image, and the verdict over all of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_ci.artifacts.bounds import IMAGES, ROWS, SIDES, Count, Name, Text

Mark = Literal["equal", "within", "note", "differs", "not recorded"]
"""How one image stands on one rung. `note`: different, but a later exact rung undoes it, or a label
that flips between classes whose probabilities are equal within the noise."""
Verdict = Literal["pass", "differs", "incomplete"]


class Result(BaseModel):
    """Frozen, and closed against keys nobody declared, NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RungResult(Result):
    """One image on one rung."""

    step: Name
    mark: Mark
    inherited: float | None
    """Largest |target − reference| over the whole chain; None on exact rungs."""
    allowed: float | None
    message: Text
    """The mismatch in words; empty when there is nothing to say."""


class ImageResult(Result):
    """One golden image on every rung."""

    image: Name
    first_step: Name | None
    """The first rung that differs."""
    rungs: Annotated[tuple[RungResult, ...], Field(max_length=ROWS)]


class StepResult(Result):
    """One rung over all images."""

    step: Name
    compared: Count
    """Images on which both sides recorded this rung."""
    images: Count
    """Images that differ here."""
    first: Count
    """Images whose first differing rung this is."""
    inherited: float | None
    """Largest over the images."""
    allowed: float | None
    """What was allowed on the image with the largest `inherited`."""


class Failure(Result):
    """An image without a complete trace, and why."""

    image: Name
    message: Text


class ParityResult(Result):
    """One target against the reference."""

    target: Name
    verdict: Verdict
    sentence: Text
    """The verdict in plain words."""
    first_step: Name | None
    golden: Count
    """Images in the golden set."""
    agreeing: Count
    """Images that were compared completely and differ nowhere."""
    steps: Annotated[tuple[StepResult, ...], Field(max_length=ROWS)]
    images: Annotated[tuple[ImageResult, ...], Field(max_length=IMAGES)]
    failures: Annotated[tuple[Failure, ...], Field(max_length=IMAGES)]


class ParityResults(Result):
    """Every target against the reference, in the order of params.yaml."""

    targets: Annotated[tuple[ParityResult, ...], Field(min_length=1, max_length=SIDES - 1)]
