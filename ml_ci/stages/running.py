"""Running one DVC stage: timed, recorded outside DVC's outputs, its errors told apart.

DVC deletes a stage's outputs before it runs and turns every exit code into 255, so what happened
is kept in ``.ml-ci/stages/<stage>.json``, from which `make repro` and the report tell it.
"""

from __future__ import annotations

import json
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import FrameType

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.errors import EXIT_USER, UserError

STAGE_RECORDS = paths.STATE / "stages"
EXIT_BUG = 70  # sysexits.h EX_SOFTWARE
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


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
    """Run ``body`` as the stage and exit the process with the code that fits what happened."""
    signal.signal(signal.SIGTERM, _interrupt)
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()

    def record(status: str, message: str = "") -> None:
        seconds = round(time.perf_counter() - clock, 2)
        entry = StageRecord(
            stage=stage, status=status, started=started, seconds=seconds, message=message
        )
        write_json(STAGE_RECORDS / f"{stage}.json", asdict(entry))

    record("running")
    try:
        body()
    except UserError as error:
        record("failed", str(error))
        print(f"{stage}: {error}", file=sys.stderr)
        sys.exit(EXIT_USER)
    except KeyboardInterrupt:
        record("interrupted")
        print(f"{stage}: interrupted; run the same command again to go on", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    except Exception:
        record("failed", traceback.format_exc(limit=-3))
        traceback.print_exc()
        sys.exit(EXIT_BUG)
    record("done")


def read_stage_records() -> dict[str, StageRecord]:
    """The record of every stage that ever ran here, by stage name."""
    records = {}
    for path in sorted(STAGE_RECORDS.glob("*.json")):
        record = StageRecord(**json.loads(path.read_text(encoding="utf-8")))
        records[record.stage] = record
    return records


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a stage the way Ctrl-C does, so that everything it opened is closed."""
    raise KeyboardInterrupt
