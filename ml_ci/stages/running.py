"""Running one DVC stage: timed, recorded outside DVC's outputs, its errors told apart.

DVC deletes a stage's outputs before it runs and turns every exit code into 255, so what happened
is kept in ``.ml-ci/stages/<stage>.json``, from which `make repro` and the report tell it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.errors import EXIT_INTERRUPTED, EXIT_PASS, EXIT_USER, UserError, user_error_of
from ml_ci.interruption import interruptible, when_starter_ends
from ml_ci.stages.turn import stage_turn

STAGE_RECORDS = paths.STATE / "stages"
DVC_MARK = "DVC_STAGE"
"""Environment variable that DVC sets for the stages it runs."""
EXIT_BUG = 70  # sysexits.h EX_SOFTWARE


@dataclass(frozen=True, kw_only=True)
class StageRecord:
    """How the last run of a stage on this machine went."""

    stage: str
    status: str
    """running | done | failed | interrupted."""
    started: str
    """ISO 8601, UTC."""
    seconds: float
    message: str
    """Empty, or what the stage said when it failed."""


def run_stage(stage: str, body: Callable[[], None]) -> None:
    """Run ``body`` as the stage and exit the process with the code that fits what happened.

    When it is another's turn in this checkout, nothing runs and the other's record stays.
    """
    with interruptible():
        if DVC_MARK in os.environ:  # DVC that dies of a signal does not pass it on
            when_starter_ends(DVC_MARK, lambda: os.kill(os.getpid(), signal.SIGTERM))
        try:
            with stage_turn(stage):
                code = _recorded(stage, body)
        except KeyboardInterrupt:
            code = EXIT_INTERRUPTED
        except (UserError, OSError) as error:
            told = user_error_of(error)
            if told is None:
                raise
            print(f"{stage}: {told}", file=sys.stderr)
            code = EXIT_USER
    if code != EXIT_PASS:
        sys.exit(code)


def _recorded(stage: str, body: Callable[[], None]) -> int:
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()

    def record(status: str, message: str = "") -> None:
        seconds = round(time.perf_counter() - clock, 2)
        entry = StageRecord(
            stage=stage, status=status, started=started, seconds=seconds, message=message
        )
        write_json(STAGE_RECORDS / f"{stage}.json", asdict(entry))

    try:
        record("running")
        body()
        record("done")
    except KeyboardInterrupt:
        print(f"{stage}: interrupted", file=sys.stderr)
        record("interrupted")
        return EXIT_INTERRUPTED
    except Exception as error:
        told = user_error_of(error)
        if told is None:
            traceback.print_exc()
        else:
            print(f"{stage}: {told}", file=sys.stderr)
        with suppress(OSError):  # on a full disk what was printed has to do
            record("failed", str(told) if told else traceback.format_exc(limit=-3))
        return EXIT_USER if told else EXIT_BUG
    return EXIT_PASS


def read_stage_records() -> dict[str, StageRecord]:
    """The record of every stage that ever ran here, by stage name."""
    records = {}
    for path in sorted(STAGE_RECORDS.glob("*.json")):
        record = StageRecord(**json.loads(path.read_text(encoding="utf-8")))
        records[record.stage] = record
    return records
