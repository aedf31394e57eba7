"""`ml-ci ci …`: what the measuring workflow runs around `ml-ci repro` and `ml-ci gate`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_bytes
from ml_ci.artifacts.records import ReplayRecord
from ml_ci.commands.findings import all_findings
from ml_ci.errors import EXIT_PASS, UserError, printable
from ml_ci.github.annotations import workflow_commands
from ml_ci.github.handover import (
    FILE,
    LAST_LINES,
    Handover,
    failure_handover,
    handover_text,
    report_handover,
)
from ml_ci.github.measuring import Measuring, read_measuring
from ml_ci.github.step_summary import append, failure_summary, report_summary
from ml_ci.measurement import FIX, load_measurement
from ml_ci.params.everything import check_params
from ml_ci.params.forks import ForkSettings
from ml_ci.params.reading import read_section
from ml_ci.report.paths import REPORT_JSON
from ml_ci.report.reading import read_report
from ml_ci.report.schema import Report
from ml_ci.repository import current_commit
from ml_ci.stages.running import read_stage_records

LOG = "log.txt"
"""In the run's scratch folder: the output of its steps, from which a failure's last lines come."""
_LINE_CHARACTERS = 500  # of one line of the log; a data: URL or a long path says no more
_LOG_BYTES = 200_000  # from its end: LAST_LINES of the longest lines there are
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SUBSET = (paths.DATA_POINTER, paths.MANIFEST)


def choose_data(console: Console, variables: Mapping[str, str]) -> int:
    """Put the public subset in the place of the data, for a fork where params.yaml names one.

    Raises UserError when the folder it names lacks a file.
    """
    folder = _subset(read_measuring(variables))
    if folder is None:
        console.print("the data is that of data.dvc", highlight=False)
        return EXIT_PASS
    for path in _SUBSET:
        source = folder / path.name
        if not source.is_file():
            raise UserError(
                what=f"the public subset of the data has no {path.name}",
                where=f"{source} (params.yaml, forks.data)",
                fix="make it as docs/github.md says, or leave `forks.data` empty",
            )
    for path in _SUBSET:
        write_bytes(path, (folder / path.name).read_bytes())
    shutil.rmtree(paths.DATA, ignore_errors=True)
    console.print(_subset_note(folder), markup=False, highlight=False)
    return EXIT_PASS


def write_handover(console: Console, variables: Mapping[str, str]) -> int:
    """handover.json of what this run came to: its report, or where it ended."""
    run = read_measuring(variables)
    place = run.scratch / FILE
    run.scratch.mkdir(parents=True, exist_ok=True)
    write_bytes(place, handover_text(_handover(run)).encode("utf-8"))
    console.print(f"{place}: {place.stat().st_size} bytes", markup=False, highlight=False)
    return EXIT_PASS


def write_summary(variables: Mapping[str, str]) -> int:
    """Both reports, or where the run ended, on the run's own page."""
    run = read_measuring(variables)
    report = _report()
    if isinstance(report, Report):
        text = report_summary(report)
        note = _note(run, report)
        append(run.summary, f"{note}\n\n{text}" if note else text)
    else:
        end = _ended(run, report)
        append(run.summary, failure_summary(end.stage, end.message, end.last_lines))
    return EXIT_PASS


def print_annotations(tell: Callable[[str], None]) -> int:
    """A workflow command per finding. Not through rich, which would break long lines."""
    for line in workflow_commands(all_findings()):
        tell(line)
    return EXIT_PASS


def print_image(tell: Callable[[str], None]) -> int:
    """The id of the image that was replayed, which is the one to publish.

    Raises UserError when none was, when its base is a stand-in, or when the report is about
    another.
    """
    report, container = read_report(), load_measurement("replay", ReplayRecord).result.container
    image = None if container is None else container.image
    if image is None or not report.engine.container_exercised:
        raise _no_image("no container was exercised, so there is no image to publish")
    if image.stands_in_for is not None:
        raise _no_image(f"the image is made on a stand-in for {image.stands_in_for}")
    if report.engine.image_id != image.id:
        raise _no_image("the report is about another image")
    tell(image.id)
    return EXIT_PASS


def _no_image(what: str) -> UserError:
    return UserError(what=what, where=str(REPORT_JSON), fix=FIX)


def _handover(run: Measuring) -> Handover:
    commit, report = _commit(), _report()
    if isinstance(report, Report):
        return report_handover(commit, report, _note(run, report))
    end = _ended(run, report)
    return failure_handover(
        commit, stage=end.stage, message=end.message, last_lines=end.last_lines, note=_note(run)
    )


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """Where a run ended before there was a report."""

    stage: str
    message: str
    last_lines: tuple[str, ...]


def _ended(run: Measuring, why: UserError) -> _Ended:
    """As a stage tells it; else what is wrong with params.yaml; else the step that failed."""
    lines = _last_lines(run.scratch / LOG)
    unfinished = [one for one in read_stage_records().values() if one.status != "done"]
    if unfinished:
        record = max(unfinished, key=lambda one: one.started)
        killed = "It was killed (out of memory?), or the disk is full."
        return _Ended(stage=record.stage, message=record.message or killed, last_lines=lines)
    step = next((name for name, outcome in run.steps.items() if outcome == "failure"), "")
    try:
        check_params()
    except UserError as error:
        return _Ended(stage=step, message=str(error), last_lines=lines)
    return _Ended(stage=step, message=str(why), last_lines=lines)


def _last_lines(log: Path) -> tuple[str, ...]:
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _LOG_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ()
    plain = (printable(_COLOURS.sub("", line))[:_LINE_CHARACTERS] for line in text.splitlines())
    return tuple(line for line in plain if line.strip())[-LAST_LINES:]


def _report() -> Report | UserError:
    try:
        return read_report()
    except UserError as error:
        return error


def _commit() -> str:
    commit = current_commit()
    if commit is None:
        raise UserError(
            what="there is no commit here", where=str(Path.cwd()), fix="run it in a checkout"
        )
    return commit.sha


def _note(run: Measuring, report: Report | None = None) -> str:
    """What a reader should know of the data; empty where the report itself says it."""
    folder = _subset(run)
    told = report is not None and report.subset is not None
    return "" if folder is None or told else _subset_note(folder)


def _subset(run: Measuring) -> Path | None:
    """The folder of the public subset when this run uses it."""
    if not run.is_fork:
        return None
    try:
        folder = read_section(ForkSettings).data
    except UserError:  # params.yaml is broken, which the run says elsewhere
        return None
    return Path(folder) if folder else None


def _subset_note(folder: Path) -> str:
    return (
        "This pull request comes from a fork, which may not read the private data: it was "
        f"measured on the public subset in {printable(folder.as_posix())}, so its numbers are not "
        "those of the whole."
    )
