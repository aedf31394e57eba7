"""Whose turn it is in a checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.stages.turn import TURNS, run_turn, sweep_checkout

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


def test_run_turn__sweeps_what_a_killed_process_left(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    scratch = f".x.{gone.pid}.abcdefgh.scratch"
    for folder in (".", "trace", ".ml-ci", ".ml-ci/stages"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / scratch).touch()

    with run_turn("`ml-ci repro`"):
        left = [path.name for path in tmp_path.rglob(scratch)]

    assert [] == left


def test_sweep_checkout__does_not_look_into_gits_folder(tmp_path: Path) -> None:
    (tmp_path / ".ml-ci").mkdir()
    inside = tmp_path / ".git/.x.4194305.abcdefgh.scratch"
    inside.parent.mkdir()
    inside.touch()

    assert ([], True) == (sweep_checkout(), inside.exists())
