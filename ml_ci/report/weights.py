"""Which weights everything was measured with, and where they were trained."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.training_record import TrainingRecord, read_training_record
from ml_ci.params.reading import plain, read_document
from ml_ci.report.schema import Weights
from ml_ci.repository import commit_that_added


def weights_used(sha256: str) -> Weights:
    """The weights with this SHA-256: trained here, taken as pretrained, or pulled."""
    record = read_training_record()
    if record is not None and record.sha256 == sha256:
        return _made_here(record)
    commit = _locking_commit()
    when = f"locked in {commit[:12]}" if commit else "the commit that locked them is not known here"
    return Weights(
        origin="pulled",
        sha256=sha256,
        commit=commit,
        sentence=f"pulled, {when}; nothing was retrained",
    )


def _made_here(record: TrainingRecord) -> Weights:
    if record.source == "pretrained":
        sentence = f"pretrained, taken from {paths.PRETRAINED}"
        return Weights(origin="pretrained", sha256=record.sha256, commit=None, sentence=sentence)
    return Weights(
        origin="trained here",
        sha256=record.sha256,
        commit=None,
        sentence=f"trained here with the {record.profile} profile, {record.created}",
    )


def _locking_commit() -> str | None:
    """The commit whose dvc.lock named the weights' folder with the hash it has today."""
    if not paths.LOCK.is_file():
        return None
    for output in plain(read_document(paths.LOCK))["stages"].get("train", {}).get("outs", []):
        if output["path"] == paths.TRAINED.as_posix():
            return commit_that_added(output["md5"], paths.LOCK)
    return None
