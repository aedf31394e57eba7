"""Measuring a base whose own numbers cannot be used: its own code, in a checkout of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.base.checkout import base_checkout
from ml_ci.base.keeping import BaseRecord, KeptBase, Outcome
from ml_ci.base.numbers import FILES, STAGES, read_numbers
from ml_ci.base.pipeline import UnreadableError, parse_yaml, read_pipeline
from ml_ci.errors import UserError, printable
from ml_ci.repository import Repository

_STAGE_RECORDS = paths.STATE / "stages"
_SAID_CHARACTERS = 300  # of a failure's own words; its log is not kept


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command of DVC ended."""

    code: int | None
    """None when it took too long and was ended."""
    last_words: str
    """The last lines it printed, as one."""


RunDvc = Callable[[Path, Sequence[str], float], Ended]
"""Runs DVC with these arguments in a folder, for at most so many seconds."""


class _FailureError(Exception):
    """Why there are no numbers."""

    def __init__(self, reason: str, *, too_slow: bool = False) -> None:
        self.outcome: Outcome = "too slow" if too_slow else "failed"
        super().__init__(reason)


def measure_base(
    repository: Repository, commit: str, minutes: float, run_dvc: RunDvc
) -> BaseRecord:
    """Measure ``commit`` and keep what it gave, or why it gave nothing, under its name.

    Runs its stages `evaluate` and `reference` with what they need, for at most ``minutes``. An
    interruption leaves nothing behind.
    """
    created = datetime.now(UTC).isoformat(timespec="seconds")
    files: dict[Path, bytes] = {}
    size: int | None = None
    outcome: Outcome = "measured"
    reason = ""
    try:
        with base_checkout(repository, commit) as folder:
            _run(folder, minutes * 60, run_dvc)
            files, size = results_in(folder)
    except UserError as error:
        outcome, reason = "failed", error.what
    except UnreadableError as error:
        outcome, reason = "failed", str(error)
    except _FailureError as failure:
        outcome, reason = failure.outcome, str(failure)
    record = BaseRecord(
        outcome=outcome,
        by="a checkout beside",
        created=created,
        minutes=minutes,
        reason=reason,
        model_bytes=size,
    )
    KeptBase.of(commit, repository.folder).keep(record, files)
    return record


def results_in(folder: Path) -> tuple[dict[Path, bytes], int | None]:
    """The files with the numbers of the project in ``folder``, and the size of its model.

    Raises UnreadableError when one is missing or damaged.
    """

    def read(path: Path | str) -> bytes | None:
        place = folder / path
        return place.read_bytes() if place.is_file() else None

    read_numbers(read)
    size = read_pipeline(read).sizes.get(paths.MODELS.as_posix())
    return {path: (folder / path).read_bytes() for path in FILES}, size


def _run(folder: Path, seconds: float, run_dvc: RunDvc) -> None:
    """Raises _FailureError when it takes too long or a stage fails."""
    _check_stages(folder)
    deadline = time.monotonic() + seconds

    def run(*arguments: str) -> Ended:
        ended = run_dvc(folder, arguments, max(0.0, deadline - time.monotonic()))
        if ended.code is None:
            raise _FailureError(f"it took longer than {seconds / 60:g} minutes", too_slow=True)
        return ended

    # A pull that fails is no end: what is missing may be in the cache, or be made by a stage
    run("pull", "--allow-missing")
    ended = run("repro", *STAGES)
    if ended.code != 0:
        raise _FailureError(_why_failed(folder, ended))


def _check_stages(folder: Path) -> None:
    try:
        declared = parse_yaml((folder / paths.PIPELINE).read_bytes(), paths.PIPELINE.as_posix())
        absent = [stage for stage in STAGES if stage not in declared["stages"]]
    except (OSError, UnreadableError, KeyError, TypeError):
        absent = list(STAGES)
    if absent:
        raise _FailureError(f"it has no stage {' and '.join(absent)}")


def _why_failed(folder: Path, ended: Ended) -> str:
    """What its stages say, or DVC's last words."""
    for path in sorted((folder / _STAGE_RECORDS).glob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["status"] != "done":
                said = str(record["message"]).partition("\n")[0]
                return _shortened(f"{record['stage']} {record['status']}: {said}")
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return _shortened(ended.last_words)


def _shortened(text: str) -> str:
    return printable(text)[:_SAID_CHARACTERS]
