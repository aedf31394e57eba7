"""DVC as we start it: its own words, but for advice that is wrong here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ml_ci.commands.dvc import run_dvc
from ml_ci.commands.interruptible_dvc import HINT
from tests.builders.datasets import put

ROOT = Path(__file__).resolve().parents[3]
PIPELINE = b"stages:\n  measure: {cmd: echo measured > receipt, outs: [receipt: {cache: false}]}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline that has nothing to push."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # this checkout's, whichever is installed
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "dvc.yaml", PIPELINE)
    command = [sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"]
    subprocess.run(command, cwd=tmp_path, check=True)
    return tmp_path


def test_repro__does_not_advise_to_push_measurements(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = run_dvc("repro")

    shown = capfd.readouterr().out
    assert (0, True, False) == (code, "Running stage 'measure'" in shown, "dvc push" in shown)


def test_hint__is_still_what_dvc_says(repository: Path) -> None:
    command = [sys.executable, "-m", "dvc", "repro"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)

    assert HINT in done.stdout.splitlines()
