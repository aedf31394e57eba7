"""How a stage ends, and what is left to tell of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.stages.running import read_stage_records, run_stage


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def user_error() -> None:
    raise UserError(what="no data", where="data/", fix="pull it")


def interrupted() -> None:
    raise KeyboardInterrupt


def terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def bug() -> None:
    raise ZeroDivisionError("oops")


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        pytest.param(user_error, 2, "failed", id="user-error"),
        pytest.param(interrupted, 130, "interrupted", id="ctrl-c"),
        pytest.param(terminated, 130, "interrupted", id="sigterm"),
        pytest.param(bug, 70, "failed", id="bug"),
    ],
)
def test_run_stage__exits_and_records(body: Callable[[], None], code: int, status: str) -> None:
    with pytest.raises(SystemExit) as caught:
        run_stage("train", body)

    assert (code, status) == (caught.value.code, read_stage_records()["train"].status)


def test_run_stage__keeps_what_the_user_error_said() -> None:
    with pytest.raises(SystemExit):
        run_stage("train", user_error)

    assert "no data" in read_stage_records()["train"].message


def test_run_stage__a_bug_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_stage("train", bug)

    assert "ZeroDivisionError: oops" in capsys.readouterr().err


def test_run_stage__records_success() -> None:
    run_stage("train", lambda: None)

    assert "done" == read_stage_records()["train"].status
