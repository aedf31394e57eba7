"""What `reference` and `replay` leave for the stages after them, beside their traces."""

from __future__ import annotations

from ml_ci.artifacts.golden import GoldenAnswer
from ml_ci.artifacts.image_record import BuiltImage
from ml_ci.artifacts.inquiry import Inquiry, InvariantsRecord
from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.artifacts.record import Record


class ReferenceRecord(Record):
    """The reference on the golden set."""

    images: int
    right: int
    """Golden images whose predicted class is their label."""
    graph: str | None
    """How the exported graph differs from PyTorch on the golden set; None when it does not."""
    weights_sha256: str
    class_names: tuple[str, ...]
    """In the order of the probabilities in the trace."""
    answers: tuple[GoldenAnswer, ...]
    """As measured, whatever metrics/golden.json says; sorted by image."""
    probability_noise: float
    """How far a probability may move and still be noise, by the model's noise floor; 0–1."""
    facts: ModelFacts
    """What the exported file says of the model, which targets are held against."""
    invariants: InvariantsRecord
    """The reference's own."""
    synthetic_sha256: str
    """Of trace.json in ``measured/synthetic``: its answers to synthetic tensors."""
    trace_sha256: str
    """Of trace.json, which holds the hashes of everything else in the trace."""


class TargetRecord(Record):
    """How the golden set went through one target."""

    name: str
    kind: str
    """container | onnx | http | dump."""
    images: int
    failures: int
    gave_up: str | None
    """Why images were left out unsent; None when all were sent."""
    log_tail: tuple[str, ...]
    """The last log lines of a server that ran here, when anything failed."""
    problems: tuple[str, ...]
    """What could not be used of a dump, and that a server ended once its images were answered; in a
    sentence each."""
    image: BuiltImage | None
    """What ran, which is another one than the `image` stage made if the engine had lost that; None
    for what is no container, and when nothing ran."""
    inquiry: Inquiry | None
    """What asking it more than the golden set showed; None when it never started."""
    recorded: str | None
    """ISO 8601; of a dump, when the device wrote it, and None where it does not tell."""
    trace_sha256: str
    """Of trace.json, which holds the hashes of everything else in the trace."""


class ReplayRecord(Record):
    """How the golden set went through the targets, in the order of params.yaml."""

    targets: tuple[TargetRecord, ...]

    @property
    def container(self) -> TargetRecord | None:
        """The target that is a container, of which there is one at most."""
        return next((target for target in self.targets if target.kind == "container"), None)
