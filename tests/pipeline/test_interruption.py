"""Ctrl-C, SIGTERM and SIGKILL in the middle of every stage; two runs at once; a full disk.

One project is interrupted in each stage in turn while its pipeline advances: a run costs half a
minute, so every interruption starts where the last one ended, which is also what has to be shown.
The two signals take turns, because `ml-ci repro` passes either on in the same way; `replay`, where
there is a server to stop, is also interrupted as under a bare `dvc repro` in a terminal.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders.interrupting import (
    hold,
    holder,
    left_behind,
    processes_after,
    scratch,
    statuses,
)
from tests.builders.project import Project, Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL
# Stage, signal, and the stages that this run still finishes before
SIGNALLED: tuple[tuple[str, signal.Signals, list[str]], ...] = (
    ("validate", INT, []),
    ("train", TERM, ["validate"]),
    ("evaluate", INT, ["train"]),
    ("export", TERM, ["evaluate"]),
    ("reference", INT, ["export"]),
    ("image", TERM, ["reference"]),
    ("replay", TERM, []),
    ("parity", INT, ["replay"]),
    ("report", TERM, ["parity"]),
)
LINE = "interrupted in {stage}; `make repro` goes on where it stopped"


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """What an interrupted run said and left."""

    run: Run
    status: str
    left: list[str]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What other commands said during a run, and the run itself, which then finished."""

    run: Run
    process: int
    repro: Run
    gate: Run
    doctor: Run
    dvc: Run


@dataclass(frozen=True, kw_only=True)
class History:
    """A project whose pipeline was interrupted in every stage, then finished."""

    project: Project
    signalled: dict[tuple[str, signal.Signals], Interruption]
    bare: Interruption
    """Ctrl-C in `replay` under a bare `dvc repro`."""
    stage_killed: Interruption
    run_killed: Interruption
    beside: Beside


@pytest.fixture(scope="module")
def history(started: Project, tmp_path_factory: pytest.TempPathFactory) -> History:
    """Everything above, once."""
    project = started.copy(tmp_path_factory.mktemp("interrupted") / "repository")

    def interrupted(
        stage: str, number: signal.Signals, *command: str, itself: bool = False
    ) -> Interruption:
        held = hold(project, stage, tmp_path_factory.mktemp("hold") / "run", *command)
        if itself:
            os.kill(holder(project, "stage"), number)
        else:
            held.signal(number)
        run = held.ended()
        processes_after(project, 10.0 if number is KILL else 0.0)
        return Interruption(run=run, status=statuses(project)[stage], left=left_behind(project))

    signalled, bare = {}, None
    for stage, number, _ in SIGNALLED:
        if stage == "replay":
            bare = interrupted(stage, INT, "dvc", "repro")
        signalled[stage, number] = interrupted(stage, number)
    assert bare is not None
    history = History(
        project=project,
        signalled=signalled,
        bare=bare,
        stage_killed=interrupted("report", KILL, itself=True),
        run_killed=interrupted("report", KILL),
        beside=beside(project, tmp_path_factory.mktemp("hold") / "run"),
    )
    project.commit("finished")
    return history


def beside(project: Project, folder: Path) -> Beside:
    """Other commands while a run is in the middle of its last stage."""
    held = hold(project, "report", folder)
    process = holder(project, "run")
    repro, gate, doctor = (project.ml_ci(command) for command in ("repro", "gate", "doctor"))
    dvc = project.run("dvc", "repro")
    held.release()
    run = held.ended()
    return Beside(run=run, process=process, repro=repro, gate=gate, doctor=doctor, dvc=dvc)


@pytest.fixture
def finished(history: History) -> Project:
    """The finished project, its report to be made again."""
    (history.project.folder / "receipts/report.json").unlink(missing_ok=True)
    return history.project


SIGNALS = pytest.mark.parametrize(
    ("stage", "number", "before"),
    [pytest.param(*case, id=f"{case[0]}-{case[1].name}") for case in SIGNALLED],
)


@SIGNALS
def test_interrupted__says_so_in_one_line(
    history: History, stage: str, number: signal.Signals, before: list[str]
) -> None:
    run = history.signalled[stage, number].run

    said = run.output.count(LINE.format(stage=stage))
    assert (130, 1, False) == (run.code, said, "Traceback" in run.output), run.output


@SIGNALS
def test_interrupted__is_recorded(
    history: History, stage: str, number: signal.Signals, before: list[str]
) -> None:
    assert "interrupted" == history.signalled[stage, number].status


@SIGNALS
def test_interrupted__leaves_nothing_behind(
    history: History, stage: str, number: signal.Signals, before: list[str]
) -> None:
    assert [] == history.signalled[stage, number].left


@SIGNALS
def test_interrupted__goes_on_where_the_last_run_stopped(
    history: History, stage: str, number: signal.Signals, before: list[str]
) -> None:
    assert [*before, stage] == history.signalled[stage, number].run.stages


def test_interrupted__under_a_bare_dvc_leaves_nothing_behind_either(history: History) -> None:
    run, left = history.bare.run, history.bare.left

    said = (run.output.count("replay: interrupted\n"), run.output.count("Traceback"))
    assert (["image", "replay"], (1, 0), "interrupted", []) == (
        run.stages,
        said,
        history.bare.status,
        left,
    ), run.output


def test_interrupted__everywhere_finishes_in_the_end(history: History) -> None:
    run = history.beside.run

    assert (0, ["report"]) == (run.code, run.stages), run.output


def test_stage__that_is_killed_is_told(history: History) -> None:
    run, status = history.stage_killed.run, history.stage_killed.status

    assert (2, "running") == (run.code, status)
    assert "report was killed (out of memory?), or the disk is full" in run.output


def test_stage__that_is_killed_leaves_scratch_for_the_next_run(history: History) -> None:
    """Which leaves nothing, although it is killed itself: its stage is not."""
    left = [Path(name).name for name in history.stage_killed.left]

    assert (True, []) == (left[0].startswith(".metrics.md."), left[1:])
    assert ([], "interrupted") == (history.run_killed.left, history.run_killed.status)


def test_repro__a_second_one_is_refused(history: History) -> None:
    repro = history.beside.repro

    message = f"error: `ml-ci repro` (process {history.beside.process}, since "
    assert (2, True) == (repro.code, repro.output.startswith(message)), repro.output
    assert ") is at work in this checkout\n  where: " in repro.output


def test_gate__waits_for_the_end_of_a_run(history: History) -> None:
    gate = history.beside.gate

    assert (2, True) == (gate.code, "is at work in this checkout" in gate.output)


def test_doctor__works_during_a_run(history: History) -> None:
    assert "every key known and of its type" in history.beside.doctor.output


def test_dvc__a_bare_one_during_a_run_is_refused_by_dvc(history: History) -> None:
    dvc = history.beside.dvc

    assert (255, True) == (dvc.code, "is busy, it is being blocked by" in dvc.output), dvc.output
    assert "): dvc repro" in dvc.output


def test_stage__of_a_bare_dvc_has_the_turn_too(finished: Project, tmp_path: Path) -> None:
    held = hold(finished, "report", tmp_path / "hold", "dvc", "repro")
    second = finished.ml_ci("repro")
    held.release()

    assert (0, 2) == (held.ended().code, second.code)
    assert "error: the stage `report` (process " in second.output


def test_dvc__that_is_ended_alone_takes_its_stage_along(finished: Project, tmp_path: Path) -> None:
    held = hold(finished, "report", tmp_path / "hold", "dvc", "repro")
    held.signal(TERM)
    held.ended()

    gone = processes_after(finished, 10.0)

    # DVC's own lock file names it still; DVC forgets the dead when they are in its way
    (finished.folder / ".dvc/tmp/rwlock").unlink()
    assert ([], [], "interrupted") == (gone, scratch(finished), statuses(finished)["report"])


def limited(size: int) -> Callable[[], None]:
    """Let no file grow beyond ``size`` bytes, as a disk that fills up just then."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write then fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_report__that_finds_the_disk_full_leaves_the_old_one(finished: Project) -> None:
    reports = sorted((finished.folder / "reports").iterdir())
    before = {path: path.read_bytes() for path in reports}
    largest = max(before, key=lambda path: len(before[path]))

    stage = subprocess.run(
        [sys.executable, "-m", "ml_ci.stages.report"],
        cwd=finished.folder,
        preexec_fn=limited(len(before[largest]) - 1000),
        capture_output=True,
        text=True,
        check=False,
    )

    after = {path: path.read_bytes() for path in sorted((finished.folder / "reports").iterdir())}
    assert (2, "report.json") == (stage.returncode, largest.name), stage.stderr
    assert "  where: reports/report.json\n  fix:   make room" in stage.stderr
    assert (before, "failed") == (after, statuses(finished)["report"])
