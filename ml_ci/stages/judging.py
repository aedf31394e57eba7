"""Judging a target: its ladder and everything beside it, from what was measured of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.inquiry import Inquiry, nothing_asked
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.model_facts import ModelFacts, facts_of_environment
from ml_ci.data.decode import DecodeRule
from ml_ci.data.manifest import read_manifest
from ml_ci.data.passage import Passage
from ml_ci.data.passing import passage_of
from ml_ci.errors import UserError
from ml_ci.model.compute import fixed_threads
from ml_ci.model.model_file import read_model_file
from ml_ci.noise import NoiseFloor
from ml_ci.parity.accepted import Accepted
from ml_ci.parity.check import Check
from ml_ci.parity.checks.evidence import Evidence, WeightFiles
from ml_ci.parity.compare import Comparison
from ml_ci.parity.conclusion import conclude
from ml_ci.parity.executor import Executor
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.steps import RECEIVED
from ml_ci.trace.reading import Trace


@dataclass(frozen=True, kw_only=True)
class Judging:
    """What every target is judged with."""

    golden: Mapping[str, str]
    """Image name → SHA-256 of the file that is meant, for every golden image."""
    folder: Path
    """Of the golden images."""
    reference: Trace
    facts: ModelFacts
    """What the reference knows of its own model."""
    own: tuple[Check, ...]
    """The reference's own invariants."""
    weights: Path | None
    """The weights of the reference; None where that is another side than the one trained here."""
    noise: NoiseFloor
    card: ModelCard
    rule: DecodeRule
    executor: Executor
    threads: int

    def judge(
        self, name: str, target: Trace, inquiry: Inquiry | None, accepted: Accepted
    ) -> ParityResult:
        """The verdict on ``target``; ``inquiry`` is None of one that never started."""
        if inquiry is None:
            facts = facts_of_environment(target.environment)
            inquiry = nothing_asked(facts, "it never started")
        sides = Sides(
            reference=self.reference,
            target=target,
            noise=self.noise,
            class_names=self.card.class_names,
            executor=self.executor,
            accepted=accepted,
        )
        with fixed_threads(self.threads):
            ladder = Comparison(sides=sides).run(name, self.golden)
        checks = self._evidence(target, inquiry, accepted).checks(ladder)
        return conclude(ladder, checks, reference=self.own, accuracy=inquiry.accuracy)

    def _evidence(self, target: Trace, inquiry: Inquiry, accepted: Accepted) -> Evidence:
        return Evidence(
            golden=self.golden,
            reference=self.reference,
            target=target,
            noise=self.noise,
            facts=self.facts,
            own=self.own,
            inquiry=inquiry,
            weights=self._weights(inquiry.facts.model_sha256),
            passage=self._passage,
            accepted=accepted,
        )

    def _passage(self, image: str, received: bytes) -> Passage | None:
        """None where the file that was sent does not lie here."""
        path, sent = self.folder / image, self.reference.rungs(image)[RECEIVED.name].sha256
        if not path.is_file() or sha256_of_file(path) != sent:
            return None
        return passage_of(path.read_bytes(), received, self.rule)

    def _weights(self, served: str | None) -> WeightFiles:
        """Of the model file with the hash ``served``, where that lies here."""
        if self.weights is None:
            return _unknown("the weights of the first side do not lie here")
        if served is None:
            return _unknown("the target does not tell which model file it has")
        name, version = self.card.name, self.card.version
        places = [
            paths.model_folder(name, version) / paths.MODEL_FILE,
            paths.BUILD_CONTEXT / paths.model_folder(name, version) / paths.MODEL_FILE,
        ]
        found = [file for file in places if file.is_file() and sha256_of_file(file) == served]
        if not found:
            return _unknown("the model file that the target has does not lie here")
        try:
            ours = read_model_file(self.weights).tensors
            return WeightFiles(reference=ours, target=read_model_file(found[0]).tensors)
        except UserError as error:
            return _unknown(f"{error.what} ({error.where})")


def golden_hashes() -> dict[str, str]:
    """Image name → SHA-256 of every file of the golden set, as the manifest has them."""
    folder = f"{paths.GOLDEN.name}/"
    return {
        entry.path.removeprefix(folder): entry.sha256
        for entry in read_manifest()
        if entry.path.startswith(folder) and entry.label
    }


def _unknown(reason: str) -> WeightFiles:
    return WeightFiles(reference={}, target={}, unknown=reason)
