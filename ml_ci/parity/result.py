"""What a comparison found: per rung, per image, and the verdict over all of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ml_ci.artifacts.bounds import CHECKS, IMAGES, ROWS, SIDES, Count, Name, Text
from ml_ci.artifacts.inquiry import AccuracyRecord
from ml_ci.artifacts.record import Record
from ml_ci.parity.check import Check

Mark = Literal[
    "equal", "within", "inherited", "note", "expected", "differs", "unmeasurable", "not recorded"
]
"""How one image stands on one rung.

`within`: off by noise. `inherited`: off, but this step did to what stood below it what the
reference does. `note`: different without harm: undone by a later rung, another way of recording, a
label that flips between classes whose probabilities are equal within the noise. `expected`:
accepted in params.yaml. `differs`: this step's own error is too large. `unmeasurable`: off, and
what stood below is not known well enough to say whether this step is to blame."""
Verdict = Literal["pass", "differs", "unexplained", "incomplete"]
"""`unexplained`: the sides end up apart although no step that could be measured is to blame."""


class Figures(Record):
    """A target's rung beside what it should be. None where a figure is not defined."""

    largest: float
    """Largest |target − reference|, in the rung's unit."""
    mean: float
    """Mean |target − reference|."""
    relative: float | None
    """Largest |target − reference| ÷ |reference|, over elements where the reference is not 0."""
    ulps: float | None
    """Largest difference in float32 ULPs of the element's reference value."""
    cosine: float | None
    """Cosine of the angle between both as vectors, −1 to 1."""
    snr_db: float | None
    """10·log10(Σ reference² ÷ Σ (target − reference)²)."""
    psnr_db: float | None
    """10·log10(255² ÷ mean squared difference), of pictures only."""


class RungResult(Record):
    """One image on one rung."""

    step: Name
    mark: Mark
    since: Name | None = None
    """The rung that the reference's steps were applied to, to judge this one: the one below, or a
    lower one where the target did not record that."""
    own: float | None = None
    """Largest |target − what the reference's steps make of the target's rung ``since``|; None where
    it cannot be measured, and on exact rungs that are equal or known by their hash."""
    allowed: float | None = None
    """For ``own``."""
    inherited: float | None = None
    """Largest |target − reference| over the whole chain; None on exact rungs."""
    message: Text = ""
    """The mismatch in words; empty when there is nothing to say."""


class ImageResult(Record):
    """One golden image on every rung."""

    image: Name
    first_step: Name | None
    """The first rung whose own error is too large."""
    explained: bool = True
    """False where the target ends up elsewhere although no step is to blame."""
    rungs: Annotated[tuple[RungResult, ...], Field(max_length=ROWS)]


class StepResult(Record):
    """One rung over all images."""

    step: Name
    compared: Count
    """Images on which both sides recorded this rung."""
    images: Count
    """Images on which this step's own error is too large."""
    first: Count
    """Images on which it is the first such step."""
    apart: Count = 0
    """Images on which the two sides do not have the same here, whichever step is to blame."""
    since: Name | None = None
    """The lowest rung that the step was judged from: not the one below where the target did not
    record that."""
    own: float | None = None
    """Of the image furthest beyond what is allowed."""
    allowed: float | None = None
    """On that image."""
    inherited: float | None = None
    """Largest over the images."""
    figures: Figures | None = None
    """Of the image furthest beyond what is allowed, where that differs."""


class Failure(Record):
    """An image without a complete trace, and why."""

    image: Name
    message: Text


class ParityResult(Record):
    """One target against the reference."""

    target: Name
    verdict: Verdict
    sentence: Text
    """The verdict in plain words."""
    first_step: Name | None
    """The lowest to blame; where the ladder blames none, the one that a check tells about."""
    faulty: Annotated[tuple[Name, ...], Field(max_length=ROWS)] = ()
    """All steps whose own error is too large on some image, in the order of the ladder."""
    accepted: Annotated[tuple[Text, ...], Field(max_length=ROWS)] = ()
    """What params.yaml accepts of this target, each in a sentence."""
    golden: Count
    """Images in the golden set."""
    agreeing: Count
    """Images that were compared completely and agree."""
    steps: Annotated[tuple[StepResult, ...], Field(max_length=ROWS)]
    images: Annotated[tuple[ImageResult, ...], Field(max_length=IMAGES)]
    failures: Annotated[tuple[Failure, ...], Field(max_length=IMAGES)]
    checks: Annotated[tuple[Check, ...], Field(max_length=CHECKS)] = ()
    """What was looked at beside the ladder; empty in what an older version wrote."""
    accuracy: AccuracyRecord | None = None
    """The labelled test set through this target, beside the script's answers; None where it was not
    asked."""
    reference_failure: Text = ""
    """Why the reference itself is not to be relied on; then no target is to blame for anything."""


class ParityResults(Record):
    """Every target against the reference, in the order of params.yaml."""

    targets: Annotated[tuple[ParityResult, ...], Field(min_length=1, max_length=SIDES - 1)]
    reference: Annotated[tuple[Check, ...], Field(max_length=CHECKS)] = ()
    """The reference's own invariants."""
