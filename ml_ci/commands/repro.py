"""The main job: pull the data, run what changed, gate, and say in a few lines how it went."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.base.storage import Storage
from ml_ci.commands.base import prepare_base
from ml_ci.commands.dvc import run_dvc
from ml_ci.data.manifest import check_folder
from ml_ci.errors import (
    EXIT_DIFFERS,
    EXIT_INCOMPLETE,
    EXIT_INTERRUPTED,
    EXIT_PASS,
    EXIT_USER,
)
from ml_ci.params.everything import check_params
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.report.gate import gate
from ml_ci.report.reading import read_report
from ml_ci.report.summary import print_summary
from ml_ci.repository import Repository
from ml_ci.stages.outdated import drop_outdated
from ml_ci.stages.running import StageRecord, read_stage_records
from ml_ci.stages.turn import run_turn
from ml_ci.targets.credentials import credentials_of

FINISHED = (EXIT_PASS, EXIT_DIFFERS, EXIT_INCOMPLETE)
"""Exit codes of a run that has a report."""


def main_job(console: Console, *, pull: bool = True, gated: bool = True) -> int:
    """``run_everything``, and what is left to do when that changed committed files."""
    code = run_everything(console, pull=pull, gated=gated)
    if code in FINISHED:
        _tell_what_moved(console)
    return code


def run_everything(console: Console, *, pull: bool = True, gated: bool = True) -> int:
    """Run everything; the exit code is the gate's, or 2 when the pipeline could not finish.

    Without ``pull`` it takes the data that is here; without ``gated`` a complete report is enough
    for 0, whatever it says.

    Raises UserError when another run is at work in this checkout, or a variable that params.yaml
    names is missing.
    """
    check_params()
    credentials_of(read_section(TargetsSettings).root, os.environ)  # before hours of training
    with run_turn("`ml-ci repro`"):
        since = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            return _run(console, since, pull=pull, gated=gated)
        except KeyboardInterrupt:
            stages = [record.stage for record in _unfinished(since)]
            where = f" in {stages[-1]}" if stages else ""
            console.print(f"interrupted{where}; `make repro` goes on where it stopped")
            return EXIT_INTERRUPTED


def _run(console: Console, since: str, *, pull: bool, gated: bool) -> int:
    clock = time.perf_counter()
    _fetch(console, pull=pull)
    prepare_base(console)
    for stage, reason in drop_outdated().items():
        console.print(f"{stage} runs again: {reason}", markup=False, highlight=False)
    if run_dvc("repro") != 0:
        return _tell_failure(console, since)
    report = read_report()
    console.print()
    print_summary(console, report, seconds=time.perf_counter() - clock)
    return gate(report) if gated else EXIT_PASS


def _tell_what_moved(console: Console) -> None:
    """What is left to do after a run that changed committed files; nothing where none changed."""
    written = (paths.LOCK.as_posix(), paths.METRICS.as_posix() + "/")
    if any(name.startswith(written) for name in Repository().changed()):
        folders = " ".join((*written, *Storage.of(Path()).tracked_folders()))
        console.print(
            f"to keep what moved: `dvc push`, `git add {folders}`, commit",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _fetch(console: Console, *, pull: bool) -> None:
    """`dvc pull`, and proof that every image of the manifest is there before DVC may look at data/.

    DVC would take a half-pulled folder for the new truth and write it into data.dvc.
    """
    if paths.DATA.exists():
        check_folder(allow_missing=True)
    if not pull:
        check_folder(allow_missing=False)
        return
    missing_is_fine = "--allow-missing"  # e.g. weights nobody pushed: they are trained here instead
    if run_dvc("pull", missing_is_fine) != 0:
        console.print("`dvc pull` failed (above); going on with what is here")
    check_folder(allow_missing=False)


def _tell_failure(console: Console, since: str) -> int:
    unfinished = _unfinished(since)
    for record in unfinished:
        # A stage that still says it is running could not say anything more
        killed = "was killed (out of memory?), or the disk is full"
        how = killed if record.status == "running" else record.status
        console.print(f"\n[bold]{record.stage} {how}[/bold] after {record.seconds} s")
        console.print(record.message, markup=False, highlight=False)
    if not unfinished:
        console.print("`dvc repro` failed before a stage could say why; its message stands above")
    interrupted = any(record.status == "interrupted" for record in unfinished)
    return EXIT_INTERRUPTED if interrupted else EXIT_USER


def _unfinished(since: str) -> list[StageRecord]:
    return [
        record
        for record in read_stage_records().values()
        if record.status != "done" and record.started >= since
    ]
