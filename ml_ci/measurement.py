"""A measurement: what a stage measured, where, and which receipt it belongs to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.errors import UserError
from ml_ci.receipt import Receipt, current_receipt, receipt_path

SCHEMA_VERSION = 1

R = TypeVar("R", bound=BaseModel)


class Measurement(BaseModel, Generic[R]):
    """``measured/<stage>.json``: ignored by git, never pushed, true for one machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int
    stage: str
    receipt: str
    """SHA-256 of the receipt of the run that measured this."""
    created: str
    """ISO 8601, UTC."""
    environment: dict[str, str]
    """What of this machine can move the result; another value means measuring again."""
    result: R


def save_measurement(receipt: Receipt, environment: dict[str, str], result: R) -> None:
    """Write ``measured/<stage>.json`` for the receipt of this run, before the receipt itself."""
    measurement = Measurement(
        schema_version=SCHEMA_VERSION,
        stage=receipt.stage,
        receipt=receipt.sha256,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=environment,
        result=result,
    )
    write_json(measurement_path(receipt.stage), measurement.model_dump(mode="json"))


def load_measurement(stage: str, result: type[R]) -> Measurement[R]:
    """The measurement of ``stage`` that belongs to the receipt on disk.

    Raises UserError when there is none, it is damaged, or it belongs to another run.
    """
    path = measurement_path(stage)
    fix = f"run `dvc repro --force --single-item {stage}`"
    try:
        measurement = Measurement[result].model_validate_json(  # type: ignore[valid-type]
            path.read_bytes()
        )
    except (OSError, ValidationError) as error:
        raise UserError(
            what=f"what `{stage}` measured cannot be read: {error}", where=str(path), fix=fix
        ) from None
    if measurement.receipt != current_receipt(stage):
        raise UserError(
            what=f"what `{stage}` measured belongs to other inputs than its receipt",
            where=str(path),
            fix=fix,
        )
    return measurement


def measurement_path(stage: str) -> Path:
    """``measured/<stage>.json``."""
    return paths.MEASURED / f"{stage}.json"


def drop_outdated_receipts(environments: dict[str, dict[str, str]]) -> list[str]:
    """Remove the receipts of measurements not made here, today; return the stages, in order.

    ``environments`` maps each measuring stage to its environment as it is now. DVC then sees the
    output missing and runs the stage again.
    """
    outdated = []
    for stage, environment in environments.items():
        receipt = current_receipt(stage)
        if receipt is None:
            continue
        head = _head_of(measurement_path(stage))
        if (head.get("receipt"), head.get("environment")) != (receipt, environment):
            receipt_path(stage).unlink()
            outdated.append(stage)
    return outdated


def _head_of(path: Path) -> dict[str, Any]:
    """The parts of a measurement that do not need its schema; empty when it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
