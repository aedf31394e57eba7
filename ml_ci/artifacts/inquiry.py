"""What asking one side beyond the golden replay measured: numbers, for parity to judge."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ml_ci.artifacts.bounds import ROWS, Count, Name, Text
from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.artifacts.paired import LISTED, FlipKind, Interval
from ml_ci.artifacts.record import Record

InvariantName = Literal[
    "repeated",
    "order",
    "batch",
    "place",
    "neighbours",
    "concurrent",
    "fresh process",
    "device",
]
"""What was changed about a question that should change nothing about the answer."""
OF_TARGETS: tuple[InvariantName, ...] = (
    "repeated",
    "order",
    "batch",
    "place",
    "neighbours",
    "concurrent",
    "fresh process",
)
"""Those that a target is asked about."""


class Apart(Record):
    """How far answers to one image are from its usual one, on one rung."""

    step: Name
    worst: float | None
    """Largest difference; None where it cannot be measured: another shape, or not finite."""
    largest: float
    """Magnitude in the usual answer."""


class OtherLabel(Record):
    """One image is answered with another class than usual."""

    answers: Count
    """How many are."""
    usual: Name
    other: Name
    """Of the classes answered, the one that the usual answer holds for least likely."""
    step: Name | None
    """The rung `gap` is on; None where nothing tells it."""
    gap: float | None
    """How far the usual answer holds the two classes apart; the reference's margin where the
    target tells no numbers."""


class Like(Record):
    """Of the other images, the one whose usual answer is nearest to the answer furthest off."""

    image: Name
    step: Name
    apart: float


class Held(Record):
    """The answers to one image, held against its usual one."""

    image: Name
    answers: Count
    identical: Count
    """Of those answers: the same to the last bit."""
    failures: Count
    """Questions that were not answered."""
    failure: Text
    """Why the first of them was not; empty when all were."""
    apart: Annotated[tuple[Apart, ...], Field(max_length=ROWS)]
    """Empty where no numbers are told, or nothing was answered."""
    other_label: OtherLabel | None
    like: Like | None


class Invariant(Record):
    """One thing that should not matter."""

    name: InvariantName
    held: Annotated[tuple[Held, ...], Field(max_length=ROWS)]
    not_asked: Text
    """Why it was not; empty when it was."""


class Alike(Record):
    """Two images of different classes that get the same numbers, to the last bit."""

    image: Name
    other: Name


class InvariantsRecord(Record):
    """The invariants of one side."""

    images: Annotated[tuple[Name, ...], Field(max_length=ROWS)]
    """Those that were asked about, in the order of choice."""
    repeats: Count
    """How often each was asked in a row."""
    concurrency: Count
    """Requests under way at once for `concurrent`."""
    invariants: Annotated[tuple[Invariant, ...], Field(max_length=ROWS)]
    alike: Annotated[tuple[Alike, ...], Field(max_length=ROWS)]

    def including(self, *more: Invariant) -> InvariantsRecord:
        """With invariants that were measured later, in a fresh process for example."""
        return self.model_copy(update={"invariants": (*self.invariants, *more)})


class SyntheticInput(Record):
    """One tensor put straight into the network."""

    name: Name
    step: Name
    """The rung compared: `logits`, or where they are not told `probabilities`, or `label`."""
    worst: float | None
    """Largest difference from the reference; at `label`, how far the reference holds the class
    answered from its own. None when not answered, of another shape, or not finite."""
    allowed: float
    largest_logit: float
    """Magnitude in the reference's answer."""
    expected: Name
    """The reference's class."""
    answered: Name
    """The class; empty when none was told."""
    failure: Text
    """Why it was not answered; empty when it was."""


class SyntheticRecord(Record):
    """Synthetic tensors against the reference's answers to them."""

    inputs: Annotated[tuple[SyntheticInput, ...], Field(max_length=ROWS)]
    not_asked: Text
    """Why they were not, which is no fault; empty when they were."""


class ServedFlip(Record):
    """A test image that the server answers with another class than the script."""

    kind: FlipKind
    """`broken`: the script is right; `fixed`: the server is."""
    image: Name
    label: Name
    script: Name
    served: Name
    script_confidence: float
    served_confidence: float | None
    """None where the server tells a class alone."""
    step: Name
    """The rung that `gap` is on."""
    gap: float
    """How far the two classes are apart, at least: by the server's numbers, or by the script's
    confidence where it tells none; 1 where the class is none of the model's."""


class UnansweredImage(Record):
    """A test image without an answer, and why."""

    image: Name
    message: Text


class Accuracies(Record):
    """Shares answered with their label, 0–1, both on the same images; 95 % intervals, None where no
    draw of images makes a difference."""

    script: float
    script_interval: Interval | None
    served: float
    served_interval: Interval | None
    difference: float
    """served − script."""
    difference_interval: Interval | None
    """The images are drawn in pairs, so that what is hard for both sides cancels."""


class AccuracyRecord(Record):
    """The labelled test set through a server, beside what the script answered to it."""

    images: Count
    """In the test set."""
    asked: Count
    """Of those; fewer for a sample."""
    answered: Count
    """Of those asked; what follows is about these alone."""
    failures: Annotated[tuple[UnansweredImage, ...], Field(max_length=LISTED)]
    """The first of those that were not answered."""
    accuracy: Accuracies | None
    """None when nothing was answered."""
    fixed: Count
    broken: Count
    other: Count
    """Wrong on both sides, with another class."""
    p_value: float
    """McNemar's exact test, two-sided, 0–1."""
    flips: Annotated[tuple[ServedFlip, ...], Field(max_length=LISTED)]
    """Broken before fixed before the rest, the most confident first."""


class Inquiry(Record):
    """What asking a target more than the golden set showed; each part says why it was not asked."""

    facts: ModelFacts
    """What it says of its model."""
    invariants: InvariantsRecord
    synthetic: SyntheticRecord
    accuracy: AccuracyRecord | None
    accuracy_not_asked: Text
    """Why there is none; empty when there is one."""


def invariants_not_asked(reason: str) -> InvariantsRecord:
    """The record of a target that could not be asked for ``reason``."""
    return InvariantsRecord(
        images=(),
        repeats=0,
        concurrency=0,
        invariants=tuple(Invariant(name=name, held=(), not_asked=reason) for name in OF_TARGETS),
        alike=(),
    )


def synthetic_not_asked(reason: str) -> SyntheticRecord:
    """The record of a target that takes no tensors, or could not be asked for ``reason``."""
    return SyntheticRecord(inputs=(), not_asked=reason)


def nothing_asked(facts: ModelFacts, reason: str) -> Inquiry:
    """Of a target that could not be asked for ``reason``; ``facts`` may be known all the same."""
    return Inquiry(
        facts=facts,
        invariants=invariants_not_asked(reason),
        synthetic=synthetic_not_asked(reason),
        accuracy=None,
        accuracy_not_asked=reason,
    )
