"""The main job: pull the data, run what changed, gate, and say in a few lines how it went."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.commands.dvc import run_dvc
from ml_ci.data.manifest import check_folder
from ml_ci.errors import EXIT_USER
from ml_ci.params.everything import check_params
from ml_ci.report.gate import gate
from ml_ci.report.reading import read_report
from ml_ci.report.summary import print_summary
from ml_ci.stages.outdated import drop_outdated
from ml_ci.stages.running import EXIT_INTERRUPTED, read_stage_records


def main_job(console: Console) -> int:
    """Run everything; the exit code is the gate's, or 2 when the pipeline could not finish."""
    clock, since = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
    check_params()
    try:
        _pull(console)
        for stage, reason in drop_outdated().items():
            console.print(f"{stage} runs again: {reason}", markup=False, highlight=False)
        failed = run_dvc("repro") != 0
    except KeyboardInterrupt:
        console.print("interrupted; `make repro` goes on where it stopped")
        return EXIT_INTERRUPTED
    if failed:
        _tell_failure(console, since)
        return EXIT_USER
    report = read_report()
    console.print()
    print_summary(console, report, seconds=time.perf_counter() - clock)
    return gate(report)


def _pull(console: Console) -> None:
    """`dvc pull`, and proof that every image of the manifest is there before DVC may look at data/.

    DVC would take a half-pulled folder for the new truth and write it into data.dvc.
    """
    if paths.DATA.exists():
        check_folder(allow_missing=True)
    missing_is_fine = "--allow-missing"  # e.g. weights nobody pushed: they are trained here instead
    if run_dvc("pull", missing_is_fine) != 0:
        console.print("`dvc pull` failed (above); going on with what is here")
    check_folder(allow_missing=False)


def _tell_failure(console: Console, since: str) -> None:
    unfinished = [
        record
        for record in read_stage_records().values()
        if record.status != "done" and record.started >= since
    ]
    for record in unfinished:
        # A stage that still says it is running was killed before it could say anything
        how = "was killed (out of memory?)" if record.status == "running" else record.status
        console.print(f"\n[bold]{record.stage} {how}[/bold] after {record.seconds} s")
        console.print(record.message, markup=False, highlight=False)
    if not unfinished:
        console.print("`dvc repro` failed before a stage could say why; its message stands above")
