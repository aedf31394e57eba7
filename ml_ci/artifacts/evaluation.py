"""How good the model is on the test set: what `evaluate` measures and what is committed of it."""

from __future__ import annotations

import csv
import io

from pydantic import BaseModel, ConfigDict

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json, write_text

# Committed numbers are compared across machines whose float32 differs in the last bits: rounding
# keeps those bits out of git. 2 decimals of a confidence differ between benign machines about once
# in 10 000 images, and nothing is decided by it.
_METRIC_DECIMALS = 4
_CONFIDENCE_DECIMALS = 2


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClassScore(_Frozen):
    """One class; precision, recall and F1 in 0–1."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class CalibrationBin(_Frozen):
    """Images whose confidence lies in one of equally wide bins; empty bins are left out."""

    confidence: float
    """Mean confidence."""
    accuracy: float
    images: int


class Prediction(_Frozen):
    """One test image."""

    image: str
    label: str
    predicted: str
    confidence: float


class Evaluation(_Frozen):
    """Test-set metrics; all shares in 0–1."""

    images: int
    accuracy: float
    macro_f1: float
    log_loss: float
    expected_calibration_error: float
    untrained_accuracy: float
    """Of the same network with the same seed before training."""
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: label; columns: predicted; both in the order of `classes`."""
    calibration: tuple[CalibrationBin, ...]


def save_committed(evaluation: Evaluation, predictions: list[Prediction]) -> None:
    """Write metrics/metrics.json and metrics/predictions.csv, rounded, for git and `dvc metrics`."""
    numbers = {
        "accuracy": evaluation.accuracy,
        "macro_f1": evaluation.macro_f1,
        "log_loss": evaluation.log_loss,
        "expected_calibration_error": evaluation.expected_calibration_error,
        "untrained_accuracy": evaluation.untrained_accuracy,
    }
    rounded: dict[str, object] = {
        name: round(value, _METRIC_DECIMALS) for name, value in numbers.items()
    }
    rounded["recall"] = {
        score.label: round(score.recall, _METRIC_DECIMALS) for score in evaluation.classes
    }
    write_json(paths.METRICS_JSON, rounded)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["image", "label", "predicted", "confidence"])
    for row in predictions:
        confidence = f"{row.confidence:.{_CONFIDENCE_DECIMALS}f}"
        writer.writerow([row.image, row.label, row.predicted, confidence])
    write_text(paths.PREDICTIONS_CSV, table.getvalue())
