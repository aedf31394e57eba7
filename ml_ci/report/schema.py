"""report.json: the single source of what people and bots read (docs/report.md explains it)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_ci.artifacts import paths
from ml_ci.artifacts.bounds import CHECKS, ENTRIES, ROWS, SIDES, Commit, Count, Name, Sha256, Text
from ml_ci.artifacts.evaluation import Evaluation
from ml_ci.base.reported import ReportedBase, ReportedLock
from ml_ci.changes.result import Changes
from ml_ci.golden.result import GoldenChanges
from ml_ci.parity.check import Check
from ml_ci.parity.result import ParityResult

SCHEMA_VERSION = 1

Outcome = Literal["pass", "warn", "fail", "incomplete"]
"""`warn` leaves the gate open, but nobody should merge without having read it."""


class Part(BaseModel):
    """Frozen, and closed against keys nobody declared, NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GateCheck(Part):
    """One condition of the gate."""

    name: Name
    outcome: Outcome
    sentence: Text


class Engine(Part):
    """What ran the server that was replayed."""

    wanted: Name
    """`container.engine` of params.yaml, or of the environment."""
    used: Name
    container_exercised: bool
    stand_in: bool
    """The container is made from another base than the one params.yaml names."""
    image_id: Name | None = None
    """Of the image that answered, as its engine knows it; None when no container was exercised."""
    sentence: Text


class Weights(Part):
    """Which weights everything was measured with."""

    origin: Literal["trained here", "pretrained", "pulled"]
    sha256: Sha256
    commit: Commit | None
    """For pulled weights: the commit that locked them, as far as the fetched history tells."""
    sentence: Text


class ReportedTarget(Part):
    """Where a target's trace comes from."""

    name: Name
    kind: Name
    """container | onnx | http | dump."""
    recorded: Name | None
    """ISO 8601; of a dump, when the device wrote it, and None where it does not tell."""
    sentence: Text
    """In words, with the age of a dump."""
    problems: Annotated[tuple[Text, ...], Field(max_length=ROWS)]
    """What could not be used of a dump."""


class StageTime(Part):
    """How long the last run of a stage on this machine took."""

    stage: Name
    seconds: float
    started: Name


class SplitCount(Part):
    """Images of one split."""

    split: Name
    images: Count
    classes: Count


class SubsetSplit(Part):
    """How much of one split the public subset has."""

    split: Name
    images: Count
    whole: Count
    """Images of the commit's own data."""


class Subset(Part):
    """The public subset that was measured in the place of the commit's own data, as for a fork."""

    folder: Name
    """`forks.data` of params.yaml."""
    splits: Annotated[tuple[SubsetSplit, ...], Field(max_length=ROWS)]
    trained: bool
    """The weights were trained on it, and not on all of the training images: then nothing says how
    good they would be otherwise, and nothing is held against the base."""

    @property
    def speaks_for_all(self) -> bool:
        """Whether its numbers on the test images are those of the commit's own data."""
        tested = [split for split in self.splits if split.split == paths.TEST.name]
        return not self.trained and all(split.images == split.whole for split in tested)


class Report(Part):
    """Everything that was measured for one commit on one machine."""

    schema_version: int
    receipt: Sha256
    """SHA-256 of the report stage's receipt: which inputs this report is about."""
    upstream: Annotated[dict[Name, Sha256], Field(max_length=ROWS)]
    """SHA-256 of the measurements the report was made from, by stage."""
    created: Name
    """ISO 8601, UTC."""
    commit: Commit | None
    dirty: bool
    """The checkout differed from `commit`, in more than what a run writes itself."""
    base: ReportedBase | None = None
    """What it is compared with."""
    lock: ReportedLock | None = None
    """Whether the commit's own dvc.lock is fresh; None with uncommitted changes."""
    gate: Annotated[tuple[GateCheck, ...], Field(min_length=1, max_length=CHECKS)]
    engine: Engine
    weights: Weights
    thresholds: Annotated[dict[Name, float], Field(max_length=ROWS)]
    evaluation: Evaluation
    parity: Annotated[tuple[ParityResult, ...], Field(min_length=1, max_length=SIDES - 1)]
    reference: Annotated[tuple[Check, ...], Field(max_length=CHECKS)] = ()
    """The reference's own invariants; empty in what an older version wrote."""
    targets: Annotated[tuple[ReportedTarget, ...], Field(max_length=SIDES - 1)] = ()
    """In the order of `parity`; empty in what an older version wrote."""
    log_tail: Annotated[tuple[Text, ...], Field(max_length=ROWS)]
    """The server's last log lines when a target is incomplete; otherwise empty."""
    environments: Annotated[
        dict[Name, Annotated[dict[Name, Text], Field(max_length=ENTRIES)]], Field(max_length=SIDES)
    ]
    """By side: `reference`, then each target."""
    data: Annotated[tuple[SplitCount, ...], Field(max_length=ROWS)]
    stages: Annotated[tuple[StageTime, ...], Field(max_length=ROWS)]
    subset: Subset | None = None
    """None when the commit's own data were measured."""
    changes: Changes | None = None
    """What changed since the base; None in what an older version wrote."""
    golden: GoldenChanges | None = None
    """The golden set over time; None in what an older version wrote."""
