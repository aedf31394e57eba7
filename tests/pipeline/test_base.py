"""The base of a pull request in a real repository: measured, kept, reported and held to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ml_ci.base.checkout import remove_left_over
from ml_ci.base.lock import check_lock
from ml_ci.base.reading import BaseLook, look_at_base
from ml_ci.base.storage import Storage
from ml_ci.repository import Repository
from tests.builders.interrupting import processes_after, scratch
from tests.builders.project import Project, Run

CHECKOUT = ".ml-ci/base-checkout"
ENDS_WITHIN = 60.0  # seconds


@dataclass(frozen=True, kw_only=True)
class History:
    """A pull request whose base is stale, and what `ml-ci` said of it."""

    project: Project
    first: Run
    second: Run
    gate: Run
    report: dict[str, Any]
    checkouts: str


def replaced(before: str, after: str, text: str) -> str:
    return text.replace(before, after)


@pytest.fixture(scope="module")
def stale(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """`base` was committed without `dvc repro`, and so was `change`, which goes on from it."""
    project = finished.copy(tmp_path_factory.mktemp("stale") / "repository")
    project.must("git", "branch", "--move", "main")
    for before, after in (
        ("calibration_bins: 10", "calibration_bins: 11"),
        ("minutes: 0.0", "minutes: 5.0"),
        ("fresh_lock: warn", "fresh_lock: fail"),
    ):
        project.edit("params.yaml", partial(replaced, before, after))
    project.commit("base")
    project.must("git", "checkout", "--quiet", "-b", "change")
    project.edit("params.yaml", lambda text: text.replace("concurrency: 4", "concurrency: 3"))
    project.commit("change")
    return project


@pytest.fixture(scope="module")
def history(stale: Project, tmp_path_factory: pytest.TempPathFactory) -> History:
    project = stale.copy(tmp_path_factory.mktemp("measured") / "repository")
    first = project.ml_ci("repro")
    report = read_report(project)
    return History(
        project=project,
        first=first,
        second=project.ml_ci("repro"),
        gate=project.ml_ci("gate"),
        report=report,
        checkouts=project.must("git", "worktree", "list").output,
    )


@pytest.fixture
def measured(history: History, tmp_path: Path) -> Project:
    """A copy that the test may change."""
    return history.project.copy(tmp_path / "repository")


def read_report(project: Project) -> dict[str, Any]:
    path = project.folder / "reports/report.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def look(project: Project) -> BaseLook:
    return look_at_base(Repository(folder=project.folder), {})


def commit_of(project: Project, revision: str) -> str:
    return project.must("git", "rev-parse", revision).output.strip()


def asked_for(project: Project, base: str, *command: str) -> Run:
    return project.run("env", f"ML_CI_BASE={base}", "python", "-m", "ml_ci", *command)


def test_lock__of_a_finished_run_is_fresh(finished: Project) -> None:
    repository = Repository(folder=finished.folder)

    state = check_lock(repository.files_of("HEAD"), Storage.of(finished.folder))

    dvc = json.loads(finished.must("dvc", "status", "--json").output)
    assert ({}, (), (), "") == (dvc, state.stale, state.unchecked, state.problem)


def test_lock__is_stale_where_dvc_would_run_a_stage(stale: Project) -> None:
    repository = Repository(folder=stale.folder)

    state = check_lock(repository.files_of("HEAD"), Storage.of(stale.folder))

    dvc = json.loads(stale.must("dvc", "status", "--json").output)
    stages = {"evaluate", "reference", "replay", "report"}
    assert stages == set(dvc) == {entry.stage for entry in state.stale}


def test_base__with_a_fresh_lock_has_its_committed_numbers(project: Project) -> None:
    project.edit("params.yaml", lambda text: text.replace("concurrency: 4", "concurrency: 3"))
    committed = json.loads((project.folder / "metrics/metrics.json").read_text())

    base = look(project).base

    assert base is not None
    assert base.numbers is not None
    assert ("committed", committed["accuracy"]) == (base.source, base.numbers.metrics["accuracy"])
    assert (12, 18) == (len(base.numbers.golden.answers), len(base.numbers.predictions))


def test_base__that_is_stale_is_measured_with_its_reason(history: History) -> None:
    base = commit_of(history.project, "main")

    reported = history.report["base"]

    why = "because its dvc.lock is stale: evaluate"
    assert (base, "main", "measured") == (
        reported["commit"],
        reported["branch"],
        reported["source"],
    )
    assert reported["sentence"].endswith(why), reported["sentence"]


def test_base__that_is_measured_says_what_takes_so_long(history: History) -> None:
    base = commit_of(history.project, "main")[:10]

    assert f"measuring the base {base} (main), at most 5 minutes:\n" in history.first.output
    assert "  evaluate of the base\n  reference of the base\n" in history.first.output


def test_base__that_is_measured_retrains_nothing_that_is_locked(history: History) -> None:
    assert "train of the base" not in history.first.output


def test_base__is_measured_once(history: History) -> None:
    second = history.second

    assert ([], False) == (second.stages, "of the base" in second.output), second.output


def test_base__leaves_no_checkout(history: History) -> None:
    gone = not (history.project.folder / CHECKOUT).exists()

    assert (True, 1) == (gone, len(history.checkouts.splitlines()))


def test_gate__says_that_the_lock_is_not_of_its_own_commit(history: History) -> None:
    (check,) = [check for check in history.report["gate"] if check["name"] == "dvc.lock"]

    commit = commit_of(history.project, "change")[:10]
    reason = "evaluate: `evaluate` changed in params.yaml"
    why = f"its dvc.lock is stale: evaluate, reference, replay and 1 more ({reason})"
    start = f"{commit} needs `ml-ci repro` and a commit of dvc.lock and metrics/: {why}"
    assert ("fail", True) == (check["outcome"], check["sentence"].startswith(start)), check


def test_gate__closes_on_a_stale_lock_that_may_not_be(history: History) -> None:
    assert (1, 1, 1) == (history.first.code, history.second.code, history.gate.code)


def test_gate__opens_once_the_lock_is_committed(measured: Project) -> None:
    measured.commit("what the run gave")

    early, repro, gate = measured.ml_ci("gate"), measured.ml_ci("repro"), measured.ml_ci("gate")

    assert 2 == early.code
    assert "whether dvc.lock belongs to its own commit has changed" in early.output
    assert (0, ["report"], 0) == (repro.code, repro.stages, gate.code), repro.output


def test_gate__refuses_a_report_about_another_base(measured: Project) -> None:
    """Which `ml-ci repro` then makes again, and nothing else."""
    other = commit_of(measured, "HEAD~2")

    gate, repro = asked_for(measured, other, "gate"), asked_for(measured, other, "repro")

    assert 2 == gate.code
    assert f"; the base is {other[:10]} now" in gate.output
    base = read_report(measured)["base"]
    assert (["report"], other, "committed") == (repro.stages, base["commit"], base["source"])


def test_base__whose_numbers_were_not_committed_with_its_lock(measured: Project) -> None:
    measured.must("git", "checkout", "--quiet", "metrics")
    measured.commit("the lock alone")
    measured.must("git", "branch", "--force", "main")
    measured.edit("params.yaml", lambda text: text.replace("concurrency: 3", "concurrency: 2"))

    found = look(measured)

    why = "its numbers of `evaluate` come from another run than its dvc.lock"
    assert ("missing", why) == (found.reported.source, found.why_measure)


def test_report__of_a_bare_dvc_says_that_the_base_was_not_measured(measured: Project) -> None:
    shutil.rmtree(measured.folder / ".ml-ci/bases")

    measured.must("dvc", "repro", "--force", "--single-item", "report")

    base = read_report(measured)["base"]
    end = "; and it has not been measured here, which `ml-ci repro` does"
    assert ("missing", True) == (base["source"], base["sentence"].endswith(end))


def measuring(project: Project, log: Path) -> subprocess.Popen[bytes]:
    """`ml-ci repro`, when a stage of the base runs."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            ("python", "-m", "ml_ci", "repro"),
            cwd=project.folder,
            env=project.variables,
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    deadline = time.monotonic() + ENDS_WITHIN
    while "evaluate of the base" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    return process


def left(project: Project) -> tuple[list[str], list[str], bool, str]:
    """Processes, half written files, the checkout, and what git sees."""
    checkout = (project.folder / CHECKOUT).exists()
    return processes_after(project, 10.0), scratch(project), checkout, project.status()


def test_base__that_is_interrupted_leaves_nothing(stale: Project, tmp_path: Path) -> None:
    project = stale.copy(tmp_path / "repository")
    process = measuring(project, tmp_path / "log")

    os.killpg(process.pid, signal.SIGINT)
    code = process.wait(ENDS_WITHIN)

    said = (tmp_path / "log").read_text()
    assert (130, True) == (code, said.endswith("goes on where it stopped\n")), said
    assert ([], [], False, "") == left(project)
    assert not (project.folder / ".ml-ci/bases").exists()


def test_base__of_a_killed_run_is_ended_and_swept(stale: Project, tmp_path: Path) -> None:
    """The killed run cannot take its checkout away; the next one begins with that."""
    project = stale.copy(tmp_path / "repository")
    process = measuring(project, tmp_path / "log")

    process.kill()
    process.wait(ENDS_WITHIN)
    living, _, checkout, _ = left(project)
    remove_left_over(Repository(folder=project.folder))

    assert ([], True, False) == (living, checkout, left(project)[2])
    assert 1 == len(project.must("git", "worktree", "list").output.splitlines())
