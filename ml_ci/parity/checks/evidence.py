"""Evidence: everything known of one target beside its ladder, judged into one list of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ml_ci.artifacts.inquiry import Inquiry
from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.artifacts.tensors import Tensors
from ml_ci.data.passage import Passage
from ml_ci.noise import NoiseFloor
from ml_ci.parity.accepted import NOTHING, Accepted
from ml_ci.parity.check import Check
from ml_ci.parity.checks.accuracy import NAME as ACCURACY
from ml_ci.parity.checks.accuracy import accuracy_check
from ml_ci.parity.checks.environment import environment_checks
from ml_ci.parity.checks.golden_set import golden_checks
from ml_ci.parity.checks.identity import model_checks
from ml_ci.parity.checks.invariants import excused, invariant_checks
from ml_ci.parity.checks.leniency import excused_by_ladder, lenient, lenient_noise
from ml_ci.parity.checks.synthetic import synthetic_check
from ml_ci.parity.checks.transit import Transit
from ml_ci.parity.checks.weights import unknown_weights, weight_checks
from ml_ci.parity.result import ParityResult
from ml_ci.rung import Rung
from ml_ci.steps import IMAGE, RECEIVED
from ml_ci.trace.reading import Trace

LOOKED_INTO = 1000
"""Images whose bytes are looked into where they arrived as others; of more only hashes are told."""


@dataclass(frozen=True, kw_only=True)
class WeightFiles:
    """The tensors of both sides' model files, or why they are not both at hand."""

    reference: Tensors
    target: Tensors
    unknown: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of one target and of the reference."""

    golden: Mapping[str, str]
    """Image name → SHA-256 in the manifest, for every golden image."""
    reference: Trace
    target: Trace
    noise: NoiseFloor
    facts: ModelFacts
    """What the reference knows of its own model."""
    own: tuple[Check, ...]
    """The reference's own invariants."""
    inquiry: Inquiry
    """What asking the target more than the golden set showed."""
    weights: WeightFiles
    passage: Callable[[str, bytes], Passage | None]
    """By image name and the bytes that arrived; None where those that were sent are not here."""
    accepted: Accepted = NOTHING

    def checks(self, ladder: ParityResult) -> tuple[Check, ...]:
        """Every check beside the ladder, causes before symptoms."""
        bytes_and_pixels = (
            *self._transit().checks(),
            *golden_checks(self.golden, self.reference, self.target),
        )
        noise = lenient_noise(self.noise, self.accepted)
        invariants = invariant_checks(self.inquiry.invariants, noise)
        return (
            *lenient(model_checks(self.facts, self.inquiry.facts), self.accepted),
            *self._weights(),
            *excused_by_ladder(bytes_and_pixels, ladder),
            *excused(invariants, self.own),
            *lenient((synthetic_check(self.inquiry.synthetic),), self.accepted),
            self._accuracy(),
            *environment_checks(
                self.reference.environment, self.target.environment, ladder.first_step
            ),
        )

    def _weights(self) -> tuple[Check, ...]:
        if self.weights.unknown:
            return (unknown_weights(self.weights.unknown),)
        return weight_checks(self.weights.reference, self.weights.target)

    def _transit(self) -> Transit:
        sent, received = (_received(side, self.golden) for side in (self.reference, self.target))
        others = [
            name
            for name, rung in received.items()
            if name in sent and sent[name].sha256 != rung.sha256
        ]
        looked_into = ((name, self._passage(name)) for name in others[:LOOKED_INTO])
        return Transit(
            sent=sent,
            received=received,
            passages={name: one for name, one in looked_into if one is not None},
            same_pixels=[name for name in others if self._same_pixels(name)],
        )

    def _passage(self, name: str) -> Passage | None:
        array = self.target.array(name, RECEIVED.name)
        return None if array is None else self.passage(name, array.tobytes())

    def _same_pixels(self, name: str) -> bool:
        ours, theirs = (side.rungs(name).get(IMAGE.name) for side in (self.reference, self.target))
        return ours is not None and theirs is not None and ours.sha256 == theirs.sha256

    def _accuracy(self) -> Check:
        record = self.inquiry.accuracy
        if record is None:
            reason = f"not asked: {self.inquiry.accuracy_not_asked}"
            return Check(topic="accuracy", name=ACCURACY, outcome="unknown", evidence=reason)
        return accuracy_check(record, self.noise, flips_expected=self.accepted.moves_numbers)


def _received(side: Trace, golden: Mapping[str, str]) -> dict[str, Rung]:
    pairs = ((name, side.rungs(name).get(RECEIVED.name)) for name in golden if name in side)
    return {name: rung for name, rung in pairs if rung is not None}
