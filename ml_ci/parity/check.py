"""A check: one row of evidence about a target, beside the ladder."""

from __future__ import annotations

from typing import Literal

from ml_ci.artifacts.bounds import Name, Text
from ml_ci.artifacts.record import Record

Topic = Literal[
    "identity", "transit", "synthetic", "invariants", "accuracy", "environment", "weights"
]
Outcome = Literal["agrees", "differs", "note", "unknown"]
"""`differs` closes the gate. `note`: another value, which decides nothing by itself, like a library
of another version. `unknown`: it could not be checked, and the evidence says why; never a pass."""


class Check(Record):
    """What was looked at, what came of it, and the figures or values that show it."""

    topic: Topic
    name: Name
    """In a few words, the same for every target: `model file`, `alone and in a batch`."""
    outcome: Outcome
    step: Name | None = None
    """The rung of the ladder that it tells about; None where it tells of none."""
    evidence: Text
    """One sentence: what both sides have, on how many images, by how much more than allowed."""
