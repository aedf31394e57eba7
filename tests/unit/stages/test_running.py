"""How a stage ends, and what is left to tell of it."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.stages import running
from ml_ci.stages.running import read_stage_records, run_stage
from ml_ci.stages.turn import RUN_VARIABLE, run_turn


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


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "trained/weights.safetensors")


def test_run_stage__on_a_full_disk_says_where_and_how_to_make_room(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        run_stage("train", full_disk)

    message = (
        "train: the disk is full; what was there before is as it was\n"
        "  where: trained/weights.safetensors\n"
        "  fix:   make room, then run the same command again; "
        "`dvc gc -w` drops what DVC keeps of other versions\n"
    )
    assert (2, message) == (caught.value.code, capsys.readouterr().err)


def test_run_stage__whose_record_does_not_fit_either_still_tells(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fill_up() -> None:
        monkeypatch.setattr(running, "write_json", lambda *_: full_disk())
        full_disk()

    with pytest.raises(SystemExit) as caught:
        run_stage("train", fill_up)

    said = capsys.readouterr().err
    assert (2, 1) == (caught.value.code, said.count("the disk is full")), said


def test_run_stage__says_an_interruption_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_stage("train", interrupted)

    assert "train: interrupted\n" == capsys.readouterr().err


def test_run_stage__is_interrupted_once_by_a_wish_sent_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cleaned = []

    def terminated_twice() -> None:
        try:
            terminated()
        finally:
            terminated()
            cleaned.append(True)

    with pytest.raises(SystemExit):
        run_stage("train", terminated_twice)

    assert ([True], "train: interrupted\n") == (cleaned, capsys.readouterr().err)


def test_run_stage__at_anothers_turn_leaves_the_others_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_stage("train", lambda: None)

    def second() -> None:
        with pytest.raises(SystemExit) as caught:
            run_stage("train", bug)
        assert 2 == caught.value.code

    with run_turn("`ml-ci repro`"):
        second()

    said = capsys.readouterr().err
    assert said.startswith(f"train: `ml-ci repro` (process {os.getpid()}, since "), said
    assert "done" == read_stage_records()["train"].status


def test_run_stage__runs_within_the_turn_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN_VARIABLE, str(os.getpid()))

    with run_turn("`ml-ci repro`"):
        run_stage("train", lambda: None)

    assert "done" == read_stage_records()["train"].status


def test_run_stage__records_success() -> None:
    run_stage("train", lambda: None)

    assert "done" == read_stage_records()["train"].status
