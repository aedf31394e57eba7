"""A turn: one process at a time works in this checkout; the kernel ends it with the process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sweep, write_json
from ml_ci.errors import UserError

TURNS = paths.STATE / "turns"
RUN, STAGE = "run", "stage"
RUN_VARIABLE = "ML_CI_RUN"
"""Process id of the `ml-ci repro` whose turn it is; set for what it starts."""
# A stage whose run was killed notices within a second and then stops its server.
_ORPHAN_SECONDS = 15.0


@contextmanager
def run_turn(doing: str) -> Iterator[None]:
    """The turn of a whole run. Raises UserError naming the other at once when it is another's."""
    with _held(RUN, doing):
        with _held(STAGE, doing, seconds=_ORPHAN_SECONDS):
            sweep_checkout()
        yield


@contextmanager
def stage_turn(stage: str) -> Iterator[None]:
    """The turn of one stage, within that of its run. Raises UserError when it is another's.

    Under a bare `dvc repro` nobody holds the turn of the run, so the stage does.
    """
    doing = f"the stage `{stage}`"
    with ExitStack() as turns:
        alone = RUN_VARIABLE not in os.environ
        if alone:
            turns.enter_context(_held(RUN, doing))
        turns.enter_context(_held(STAGE, doing))
        if alone:
            sweep_checkout()
        yield


def sweep_checkout() -> list[Path]:
    """Take away what killed processes left half written; for whoever has the turn.

    Everything is written into the root, a folder of it, .ml-ci or a folder of that.
    """
    shown = [entry for entry in _folders(Path()) if not entry.name.startswith(".")]
    return [
        left
        for folder in (Path(), *shown, paths.STATE, *_folders(paths.STATE))
        for left in sweep(folder)
    ]


def _folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir())


@contextmanager
def _held(name: str, doing: str, seconds: float = 0.0) -> Iterator[None]:
    TURNS.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(TURNS / f"{name}.lock"), TURNS / f"{name}.json"
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise _taken(holder) from None
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(holder, {"doing": doing, "process": os.getpid(), "since": since})
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _taken(holder: Path) -> UserError:
    try:
        content = json.loads(holder.read_text(encoding="utf-8"))
        who = f"{content['doing']} (process {content['process']}, since {content['since']})"
    except (OSError, ValueError, KeyError, TypeError):  # it is just beginning, or just ending
        who = "another run"
    return UserError(
        what=f"{who} is at work in this checkout",
        where=str(Path.cwd()),
        fix="wait until it ends, or end it with Ctrl-C where it runs; "
        "for two at once, `git worktree add` makes a second checkout",
    )
