"""How good the model is on the test set: what `evaluate` measures and what is committed of it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ml_ci.artifacts import paths
from ml_ci.artifacts.bounds import CLASSES, ROWS, Count, Name
from ml_ci.artifacts.files import write_json, write_text
from ml_ci.artifacts.record import Record
from ml_ci.errors import UserError

# Committed numbers are compared across machines whose float32 differs in the last bits: rounding
# keeps those bits out of git. 2 decimals of a confidence differ between benign machines about once
# in 10 000 images, and nothing is decided by it.
_METRIC_DECIMALS = 4
_CONFIDENCE_DECIMALS = 2
ROUNDED_BY = 10.0**-_METRIC_DECIMALS
"""Unit of the last decimal of a committed metric."""
CONFIDENCE_ROUNDED_BY = 0.5 * 10.0**-_CONFIDENCE_DECIMALS
"""How far a committed confidence may be from the one that was measured."""
_COLUMNS = ["image", "label", "predicted", "confidence"]


class Metrics(Record):
    """Metrics of one classifier on one set; shares are 0–1."""

    images: Count
    accuracy: float
    macro_f1: float
    expected_calibration_error: float
    log_loss: float
    """Mean negative log-likelihood of the true class, nats."""


class ClassMetrics(Record):
    """One class against the rest; 0 where a share has nothing to be a share of."""

    name: Name
    precision: float
    recall: float
    f1: float
    support: Count
    """Images of the class."""


class CalibrationBin(Record):
    """Images whose confidence lies in one of equally wide bins; empty bins are left out."""

    confidence: float
    """Mean confidence."""
    accuracy: float
    images: Count


class Evaluation(Record):
    """Everything `evaluate` measures on the test set."""

    metrics: Metrics
    untrained: Metrics
    """The same network before training: what the numbers would be had nothing been learnt."""
    classes: Annotated[tuple[ClassMetrics, ...], Field(max_length=CLASSES)]
    confusion: Annotated[
        tuple[Annotated[tuple[Count, ...], Field(max_length=CLASSES)], ...],
        Field(max_length=CLASSES),
    ]
    """Images by [true class][predicted class], in the order of ``classes``."""
    calibration: Annotated[tuple[CalibrationBin, ...], Field(max_length=ROWS)]


class Prediction(Record):
    """The answer to one image."""

    image: str
    label: str
    predicted: str
    confidence: float
    """Probability of the predicted class."""


def save_committed(evaluation: Evaluation, predictions: Sequence[Prediction]) -> None:
    """Write metrics/metrics.json and metrics/predictions.csv, rounded: they are committed."""
    numbers = evaluation.metrics.model_dump() | {
        "untrained_accuracy": evaluation.untrained.accuracy
    }
    rounded: dict[str, object] = {
        name: round(value, _METRIC_DECIMALS) for name, value in numbers.items()
    }
    rounded["recall"] = {
        score.name: round(score.recall, _METRIC_DECIMALS) for score in evaluation.classes
    }
    write_json(paths.METRICS_JSON, rounded)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in predictions:
        confidence = f"{row.confidence:.{_CONFIDENCE_DECIMALS}f}"
        writer.writerow([row.image, row.label, row.predicted, confidence])
    write_text(paths.PREDICTIONS_CSV, table.getvalue())


def parse_committed(content: bytes) -> tuple[Prediction, ...]:
    """The rows of a metrics/predictions.csv, of whatever commit.

    Raises ValueError when it is something else.
    """
    rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    if next(rows, None) != _COLUMNS:
        raise ValueError(f"its header is not {','.join(_COLUMNS)}")
    predictions = []
    for number, row in enumerate(rows, start=2):
        if len(row) != len(_COLUMNS):
            raise ValueError(f"line {number} has {len(row)} columns")
        image, label, predicted, confidence = row
        share = float(confidence)
        predictions.append(
            Prediction(image=image, label=label, predicted=predicted, confidence=share)
        )
    return tuple(predictions)


def read_committed(path: Path = paths.PREDICTIONS_CSV) -> tuple[Prediction, ...]:
    """The predictions that ``save_committed`` wrote last.

    Raises UserError when they are missing or damaged.
    """
    try:
        return parse_committed(path.read_bytes())
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(
            what=f"the predictions on the test images cannot be read: {error}",
            where=str(path),
            fix="run `ml-ci repro`, which measures them again",
        ) from None


def is_about(predictions: Sequence[Prediction], evaluation: Evaluation) -> bool:
    """Whether the predictions give the evaluation's confusion matrix."""
    counted = Counter((row.label, row.predicted) for row in predictions)
    names = [score.name for score in evaluation.classes]
    measured = {
        (label, predicted): count
        for label, row in zip(names, evaluation.confusion, strict=True)
        for predicted, count in zip(names, row, strict=True)
        if count
    }
    return counted == measured
