"""What the stages around the server leave for the report, beside their traces."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from ml_ci.artifacts.golden import GoldenAnswer


class Record(BaseModel):
    """Frozen, and closed against keys nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    trace_sha256: str
    """Of trace.json, which holds the hashes of everything else in the trace."""


class BuiltImage(Record):
    """An image in a container engine."""

    name: str
    """After what it is made of, or as the user calls it."""
    id: str
    """As the engine knows it; another one after every rebuild."""
    size_bytes: int
    base: str | None
    """The image it is made from; None when that is the user's matter."""
    base_id: str | None
    stands_in_for: str | None
    """The base that params.yaml names, where `base` is another because that could not be had."""
    base_bytes: int | None
    build_seconds: float | None
    """None when it was there already."""


class ImageRecord(Record):
    """What the server is made of and what will run it."""

    wanted: str
    """`container.engine` of params.yaml, or of the environment."""
    used: str
    """docker | process."""
    reason: str
    """Why `auto` does without a container; empty when it does not."""
    context_sha256: str
    """Over names and contents of the build context."""
    image: BuiltImage | None
    failure: str | None
    """Why there is no image: the build failed."""
    log_tail: tuple[str, ...]
    """The last lines of the build that failed."""


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
    """What could not be used of a dump, in a sentence each."""
    image: BuiltImage | None
    """What ran, which is another one than the `image` stage made if the engine had lost that; None
    for what is no container, and when nothing ran."""
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
