"""A measurement: what a stage measured, where, and which receipt it belongs to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file, write_json
from ml_ci.errors import UserError
from ml_ci.receipt import Receipt, current_receipt, measuring_stages, receipt_path

SCHEMA_VERSION = 1
FIX = "run `make repro` (or `ml-ci repro`), which measures again what is out of date"

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
    upstream: dict[str, str]
    """SHA-256 of the measurements this one was made from, by stage. A receipt cannot tell two of
    them apart: measuring the same inputs again gives the same receipt."""
    result: R


def save_measurement(receipt: Receipt, environment: dict[str, str], result: R) -> None:
    """Write ``measured/<stage>.json`` for the receipt of this run, before the receipt itself."""
    measurement = Measurement(
        schema_version=SCHEMA_VERSION,
        stage=receipt.stage,
        receipt=receipt.sha256,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=environment,
        upstream=upstream_of(receipt.stage),
        result=result,
    )
    write_json(measurement_path(receipt.stage), measurement.model_dump(mode="json"))


def upstream_of(stage: str) -> dict[str, str]:
    """SHA-256 of the measurement files ``stage`` is made from, as they are now."""
    others = measuring_stages().get(stage, ())
    return {other: sha256_of_file(measurement_path(other)) for other in others}


def load_measurement(stage: str, result: type[R]) -> Measurement[R]:
    """The measurement of ``stage``.

    Raises UserError when there is none, it is damaged, or it is out of date (``check_current``).
    """
    check_current(stage)
    path = measurement_path(stage)
    try:
        return Measurement[result].model_validate_json(  # type: ignore[valid-type]
            path.read_bytes()
        )
    except (OSError, ValidationError) as error:
        raise UserError(
            what=f"what `{stage}` measured cannot be read: {error}", where=str(path), fix=FIX
        ) from None


def check_current(stage: str) -> None:
    """Raise UserError unless the measurement belongs to the inputs as they are now.

    That is: to the receipt on disk, which is that of today's inputs, and to the very measurements
    it was made from, each of which is current itself.
    """
    _check(stage, set())


def check_upstream(stage: str, recorded: object) -> None:
    """Raise UserError unless ``recorded`` names the measurements ``stage`` reads, as they are."""
    _check_upstream(stage, recorded, set())


def _check(stage: str, checked: set[str]) -> None:
    """Stages in ``checked`` are not looked at again: most are made from the same few, and every
    look hashes all that a stage reads."""
    if stage in checked:
        return
    head, receipt = read_head(stage), current_receipt(stage)
    if receipt is None or head.get("receipt") != receipt:
        raise _out_of_date(stage, "it belongs to another run than its receipt")
    if Receipt.of(stage).sha256 != receipt:
        raise _out_of_date(stage, "its inputs have changed since")
    _check_upstream(stage, head.get("upstream"), checked)
    checked.add(stage)


def _check_upstream(stage: str, recorded: object, checked: set[str]) -> None:
    for other in measuring_stages().get(stage, ()):
        _check(other, checked)
    known = recorded if isinstance(recorded, dict) else {}
    changed = [other for other, sha256 in upstream_of(stage).items() if known.get(other) != sha256]
    if changed:
        raise _out_of_date(stage, f"{', '.join(changed)} was measured again since")


def _out_of_date(stage: str, reason: str) -> UserError:
    return UserError(
        what=f"what `{stage}` gave is out of date: {reason}",
        where=str(receipt_path(stage)),
        fix=FIX,
    )


def measurement_path(stage: str) -> Path:
    """``measured/<stage>.json``."""
    return paths.MEASURED / f"{stage}.json"


def read_head(stage: str) -> dict[str, Any]:
    """A measurement without knowing the schema of its result; empty when it cannot be read."""
    try:
        content = json.loads(measurement_path(stage).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
