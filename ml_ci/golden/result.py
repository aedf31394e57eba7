"""What happened to the golden set: the part of report.json about answers and images."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_ci.artifacts.bounds import Commit, Count, Name, Sha256, Text

LISTED = 200
"""Longest list: what a person can look through; beyond it there are counts. Bounds the report."""
ChangeKind = Literal["removed", "replaced", "relabelled", "renamed"]
"""`replaced`: other content under the same name. `renamed`: the same content under a new name."""


class Part(BaseModel):
    """Frozen, closed against keys nobody declared; NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Move(Part):
    """One golden image whose answer is another than before, beyond the noise."""

    image: Name
    before: Name
    """The class answered then."""
    after: Name
    """The class answered now."""
    then: float
    """Probability of `before`, then."""
    now: float | None
    """Probability of `before`, now; None when the network has no such class any more."""
    accepted: bool
    """A person has said that it is meant. Of a network with other weights nobody has to."""


Moves = Annotated[tuple[Move, ...], Field(max_length=LISTED)]


class Answers(Part):
    """Today's answers held against those that were accepted for the same weights."""

    images: Count
    """In the golden set."""
    compared: Count
    """Images with an accepted answer of these weights, in metrics/golden.json or in the base."""
    noise: Annotated[float, Field(ge=0)]
    """How far a probability may move and still be noise, 0–1; what the snapshot is rounded by comes
    on top."""
    moved: Count
    """Images whose answer moved and was not accepted."""
    moves: Moves
    """The worst of them: flips first, then by how far the probability moved."""
    problem: Text
    """What is wrong with metrics/golden.json itself; empty when nothing is."""


class Behaviour(Part):
    """Today's answers beside those of the base."""

    commit: Commit
    same_weights: bool
    """With other weights, movement is information."""
    compared: Count
    """Images that both answered."""
    moved: Count
    flips: Count
    """Those of them that are answered with another class."""
    moves: Moves
    """The worst of them: flips first, then by how far the probability moved."""


class ImageChange(Part):
    """A golden image of the base that is not in the golden set as it was."""

    kind: ChangeKind
    image: Name
    note: Name
    """Both labels, or the new name; empty for the other kinds."""
    allowed: bool


class Images(Part):
    """The golden set beside that of the base, by the manifests."""

    commit: Commit | None
    """The base; None when there is nothing to compare with."""
    added: Count
    added_names: Annotated[tuple[Name, ...], Field(max_length=LISTED)]
    """The first of them."""
    changed: Count
    """Images of the base that are not as they were."""
    denied: Count
    """Those of them that nobody allowed."""
    changes: Annotated[tuple[ImageChange, ...], Field(max_length=LISTED)]
    """The first of them, what is not allowed before the rest."""
    line: Text
    """What `golden` in params.yaml has to say to allow those listed; empty when all are."""


class GoldenChanges(Part):
    """Everything about the golden set over time."""

    state: Sha256
    """SHA-256 of metrics/golden.json and of whether it was accepted: what all this is about."""
    answers: Answers
    behaviour: Behaviour | None
    """None when nothing is known of the base's answers."""
    images: Images
