"""What happened to the golden set: the part of report.json about answers and images."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

LISTED = 200
"""Longest list: what a person can look through; beyond it there are counts. Bounds the report."""
ChangeKind = Literal["removed", "replaced", "relabelled", "renamed"]
"""`replaced`: other content under the same name. `renamed`: the same content under a new name."""


class Part(BaseModel):
    """Frozen, closed against keys nobody declared; NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Move(Part):
    """One golden image whose answer is another than before, beyond the noise."""

    image: str
    before: str
    """The class answered then."""
    after: str
    """The class answered now."""
    then: float
    """Probability of `before`, then."""
    now: float | None
    """Probability of `before`, now; None when the network has no such class any more."""
    accepted: bool
    """A person has said that it is meant. Of a network with other weights nobody has to."""


class Answers(Part):
    """Today's answers held against those that were accepted for the same weights."""

    images: int
    """In the golden set."""
    compared: int
    """Images with an accepted answer of these weights, in metrics/golden.json or in the base."""
    noise: float
    """How far a probability may move and still be noise, 0–1; what the snapshot is rounded by comes
    on top."""
    moved: int
    """Images whose answer moved and was not accepted."""
    moves: tuple[Move, ...]
    """The worst of them: flips first, then by how far the probability moved."""
    problem: str
    """What is wrong with metrics/golden.json itself; empty when nothing is."""


class Behaviour(Part):
    """Today's answers beside those of the base."""

    commit: str
    same_weights: bool
    """With other weights, movement is information."""
    compared: int
    """Images that both answered."""
    moved: int
    flips: int
    """Those of them that are answered with another class."""
    moves: tuple[Move, ...]
    """The worst of them: flips first, then by how far the probability moved."""


class ImageChange(Part):
    """A golden image of the base that is not in the golden set as it was."""

    kind: ChangeKind
    image: str
    note: str
    """Both labels, or the new name; empty for the other kinds."""
    allowed: bool


class Images(Part):
    """The golden set beside that of the base, by the manifests."""

    commit: str | None
    """The base; None when there is nothing to compare with."""
    added: int
    added_names: tuple[str, ...]
    """The first of them."""
    changed: int
    """Images of the base that are not as they were."""
    denied: int
    """Those of them that nobody allowed."""
    changes: tuple[ImageChange, ...]
    """The first of them, what is not allowed before the rest."""
    line: str
    """What `golden` in params.yaml has to say to allow those listed; empty when all are."""


class GoldenChanges(Part):
    """Everything about the golden set over time."""

    state: str
    """SHA-256 of metrics/golden.json and of whether it was accepted: what all this is about."""
    answers: Answers
    behaviour: Behaviour | None
    """None when nothing is known of the base's answers."""
    images: Images
