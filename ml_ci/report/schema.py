"""report.json: the single source of what people and bots read (docs/report.md explains it)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_ci.artifacts.evaluation import Evaluation
from ml_ci.base.reported import ReportedBase, ReportedLock
from ml_ci.golden.result import GoldenChanges
from ml_ci.parity.result import ParityResult

SCHEMA_VERSION = 1

Outcome = Literal["pass", "fail", "incomplete"]


class Part(BaseModel):
    """Frozen, and closed against keys nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GateCheck(Part):
    """One condition of the gate."""

    name: str
    outcome: Outcome
    sentence: str


class Engine(Part):
    """What ran the server that was replayed."""

    wanted: str
    """`container.engine` of params.yaml, or of the environment."""
    used: str
    container_exercised: bool
    stand_in: bool
    """The container is made from another base than the one params.yaml names."""
    sentence: str


class Weights(Part):
    """Which weights everything was measured with."""

    origin: Literal["trained here", "pretrained", "pulled"]
    sha256: str
    commit: str | None
    """For pulled weights: the commit that locked them, as far as the fetched history tells."""
    sentence: str


class StageTime(Part):
    """How long the last run of a stage on this machine took."""

    stage: str
    seconds: float
    started: str


class SplitCount(Part):
    """Images of one split."""

    split: str
    images: int
    classes: int


class Report(Part):
    """Everything that was measured for one commit on one machine."""

    schema_version: int
    receipt: str
    """SHA-256 of the report stage's receipt: which inputs this report is about."""
    upstream: dict[str, str]
    """SHA-256 of the measurements the report was made from, by stage."""
    created: str
    """ISO 8601, UTC."""
    commit: str | None
    dirty: bool
    """The checkout differed from `commit`."""
    base: ReportedBase | None = None
    """What it is compared with."""
    lock: ReportedLock | None = None
    """Whether the commit's own dvc.lock is fresh; None with uncommitted changes."""
    gate: Annotated[tuple[GateCheck, ...], Field(min_length=1)]
    engine: Engine
    weights: Weights
    thresholds: dict[str, float]
    evaluation: Evaluation
    parity: Annotated[tuple[ParityResult, ...], Field(min_length=1)]
    log_tail: tuple[str, ...]
    """The server's last log lines when a target is incomplete; otherwise empty."""
    environments: dict[str, dict[str, str]]
    """By side: `reference`, then each target."""
    data: tuple[SplitCount, ...]
    stages: tuple[StageTime, ...]
    golden: GoldenChanges | None = None
    """The golden set over time; None in what an older version wrote."""
