"""Findings: which faults make the reference do what a target did, and how well."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ml_ci.artifacts.bounds import CLASSES, ROWS, Count, Name, Text
from ml_ci.artifacts.paired import Interval
from ml_ci.artifacts.record import Record
from ml_ci.parity.result import Verdict

Known = Literal["trace", "answers", "labels"]
"""By what a fault was found: rungs below and on its step; a rung further up alone, as with any
foreign server; class names alone, which leave several causes possible."""
Scalar = float | int | Name
Value = Scalar | Annotated[tuple[Scalar, ...], Field(max_length=CLASSES)]


class Remedied(Record):
    """What to do, in a sentence for either side."""

    server: Text
    script: Text
    """Empty where following the server would make no sense."""


class Cost(Record):
    """The fault simulated on the labelled test set."""

    images: Count
    flipped: Count
    """Images that get another class."""
    points: float
    """Accuracy with the fault less accuracy without, in percentage points."""
    interval: Interval | None
    """95 %, in percentage points; the images are drawn in pairs."""


class Finding(Record):
    """One fault of a target."""

    step: Name
    fault: Name
    title: Text
    said: Text
    """In a few words: `nearest instead of bilinear`."""
    parameters: Annotated[dict[Name, Value], Field(max_length=50)]
    known: Known
    explained: float
    """0–1: of the squared difference between target and reference, what goes away with it."""
    residual: float | None
    """What is left on the image furthest beyond ``allowed``; None where that is no number."""
    allowed: float | None
    """On that image."""
    images: Count
    """Images on which nothing but noise is left."""
    of: Count
    """Images that were looked at."""
    whole: bool
    """Nothing but noise is left on any of them; otherwise it is the best partial explanation."""
    together: Annotated[tuple[Name, ...], Field(max_length=ROWS)] = ()
    """Said of the faults that it takes besides this one."""
    equivalent: Annotated[tuple[Text, ...], Field(max_length=ROWS)] = ()
    """Other faults that explain this target as well, as `id: said`."""
    remedy: Remedied
    cost: Cost | None = None
    """None where there was no time for it, or no test set at hand."""


class Shape(Record):
    """What a difference looks like that no fault explains."""

    step: Name
    sentence: Text


class Diagnosis(Record):
    """Of one target."""

    verdict: Verdict
    """`unexplained` where no fault explains the first step that differs."""
    first_step: Name | None
    findings: Annotated[tuple[Finding, ...], Field(max_length=ROWS)]
    """In the order of the ladder."""
    possible: Annotated[tuple[Text, ...], Field(max_length=ROWS)] = ()
    """From class names alone: the causes that remain possible, as `id: said`."""
    shapes: Annotated[tuple[Shape, ...], Field(max_length=ROWS)] = ()
    not_tried: Text = ""
    """What the budget left out; empty when everything was tried."""
    passes: float
    """What it cost: images through the network, in passes over the golden set."""
    seconds: float
