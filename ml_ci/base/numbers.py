"""The numbers of a base: read from metrics/, as it is committed or as it was measured here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.artifacts.inputs import INPUTS_JSON, CommittedInputs
from ml_ci.base.pipeline import Pipeline, Read, UnreadableError
from ml_ci.base.results import BaseNumbers

STAGES = ("evaluate", "reference")
"""The stages that write them."""
FILES = (paths.METRICS_JSON, paths.PREDICTIONS_CSV, paths.GOLDEN_JSON)
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, ValidationError, RecursionError)
T = TypeVar("T")


def read_numbers(read: Read) -> BaseNumbers:
    """All three files. Raises UnreadableError naming the first that is missing or damaged."""
    return BaseNumbers(
        metrics=_parsed(paths.METRICS_JSON, read, _metrics),
        predictions=_parsed(paths.PREDICTIONS_CSV, read, _predictions),
        golden=_parsed(paths.GOLDEN_JSON, read, _golden),
    )


def why_not_of_this_lock(read: Read, pipeline: Pipeline) -> str | None:
    """Why the committed numbers do not come from the run that dvc.lock holds; None when they do."""
    noted = CommittedInputs.parse(read(INPUTS_JSON))
    if noted is None:
        return f"there is no {INPUTS_JSON} that says which run its numbers come from"
    for stage in STAGES:
        inputs, receipt = noted.root.get(stage), pipeline.outputs.get(f"receipts/{stage}.json")
        if inputs is None or receipt is None or inputs.receipt_md5 != receipt:
            return f"its numbers of `{stage}` come from another run than its {paths.LOCK}"
        for name, sha256 in inputs.files.items():
            content = read(Path(name))
            if content is None or sha256_of_bytes(content) != sha256:
                return f"its {name} comes from another run than its {paths.LOCK}"
    return None


def _parsed(path: Path, read: Read, parse: Callable[[str], T]) -> T:
    content = read(path)
    if content is None:
        raise UnreadableError(f"there is no {path}")
    try:
        return parse(content.decode("utf-8"))
    except _DAMAGED:
        raise UnreadableError(f"its {path} is damaged or of another version") from None


def _metrics(text: str) -> dict[str, float]:
    content = json.loads(text)
    return {
        name: float(value)
        for name, value in content.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _predictions(text: str) -> tuple[Prediction, ...]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return tuple(
        Prediction(
            image=row["image"],
            label=row["label"],
            predicted=row["predicted"],
            confidence=float(row["confidence"]),
        )
        for row in rows
    )


def _golden(text: str) -> GoldenSnapshot:
    return GoldenSnapshot.of_document(json.loads(text))
