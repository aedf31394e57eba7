"""What `train` did on this machine the last time it ran, kept outside DVC's outputs.

It tells weights trained here from weights that were pulled.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json

TRAINING_RECORD = paths.STATE / "training.json"


class TrainingRecord(BaseModel):
    """One run of `train`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    """Of the weights file."""
    source: str
    """`train.source` of params.yaml."""
    profile: str
    created: str
    """ISO 8601, UTC."""


def read_training_record() -> TrainingRecord | None:
    """The record, None when nothing was trained on this machine or it cannot be read."""
    try:
        return TrainingRecord.model_validate_json(TRAINING_RECORD.read_bytes())
    except (OSError, ValidationError):
        return None


def write_training_record(record: TrainingRecord) -> None:
    """Replace the record."""
    write_json(TRAINING_RECORD, record.model_dump(mode="json"))
