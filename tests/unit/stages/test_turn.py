"""Whose turn it is in a checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.stages.turn import RUN_VARIABLE, TURNS, run_turn, stage_turn, sweep_checkout

HOLD = """
import sys, time
from ml_ci.stages.turn import run_turn
with run_turn("`ml-ci repro`"):
    print("held", flush=True)
    time.sleep(60)
"""
ROOT = Path.cwd()


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def other_holder() -> subprocess.Popen[str]:
    """Another process that has the turn here."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert "held\n" == process.stdout.readline()
    return process


def test_run_turn__of_another_process_is_refused_by_name(tmp_path: Path) -> None:
    with other_holder() as other:
        since = json.loads((TURNS / "run.json").read_text())["since"]
        with pytest.raises(UserError) as caught, run_turn("`ml-ci gate`"):
            pass
        other.kill()

    assert (
        f"`ml-ci repro` (process {other.pid}, since {since}) is at work in this checkout",
        str(tmp_path),
        "wait until it ends, or end it with Ctrl-C where it runs; "
        "for two at once, `git worktree add` makes a second checkout",
    ) == (caught.value.what, caught.value.where, caught.value.fix)


def test_run_turn__does_not_outlive_a_killed_process() -> None:
    with other_holder() as other:
        other.kill()
        other.wait()
        with run_turn("`ml-ci gate`"):
            doing = json.loads((TURNS / "run.json").read_text())["doing"]

    assert "`ml-ci gate`" == doing


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(lambda: run_turn("`ml-ci repro`"), id="run"),
        pytest.param(lambda: stage_turn("train"), id="stage-of-a-bare-dvc"),
    ],
)
def test_turn__sweeps_what_a_killed_process_left(
    turn: Callable[[], AbstractContextManager[None]], tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    scratch = f".x.{gone.pid}.abcdefgh.scratch"
    for folder in (".", "trace", ".ml-ci", ".ml-ci/stages"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / scratch).touch()

    with turn():
        left = [path.name for path in tmp_path.rglob(scratch)]

    assert [] == left


def test_stage_turn__within_a_run_sweeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run did so before its first stage, when nobody was at work."""
    monkeypatch.setenv(RUN_VARIABLE, "1")
    scratch = tmp_path / ".x.4194305.abcdefgh.scratch"
    scratch.touch()

    with stage_turn("train"):
        assert scratch.exists()


def test_sweep_checkout__does_not_look_into_gits_folder(tmp_path: Path) -> None:
    (tmp_path / ".ml-ci").mkdir()
    inside = tmp_path / ".git/.x.4194305.abcdefgh.scratch"
    inside.parent.mkdir()
    inside.touch()

    assert ([], True) == (sweep_checkout(), inside.exists())
