"""What the commands refuse, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from scripts.engine.api import DEFAULT_SOCKET, Answer
from scripts.engine.commands import refuse_foreign, run_command
from scripts.engine.place import apart, machine


@pytest.mark.parametrize(
    ("answer", "socket", "expected"),
    [
        (Answer.DENIED, DEFAULT_SOCKET, "no permission"),
        (Answer.SILENT, DEFAULT_SOCKET, "does not answer"),
        (Answer.ABSENT, Path("/home/u/.docker/desktop.sock"), "DOCKER_HOST or the docker context"),
    ],
    ids=["denied", "silent", "elsewhere"],
)
def test_refuse_foreign__starts_no_engine_beside_one(
    answer: Answer, socket: Path, expected: str
) -> None:
    with pytest.raises(UserError, match=expected):
        refuse_foreign(machine(socket), answer)


def test_refuse_foreign__absent_where_one_is_expected() -> None:
    refuse_foreign(machine(DEFAULT_SOCKET), Answer.ABSENT)


def test_refuse_foreign__absent_in_a_folder_of_its_own(tmp_path: Path) -> None:
    refuse_foreign(apart(tmp_path), Answer.ABSENT)


def test_run_command__run_without_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run_command(["run"])
    assert "run what?" in capsys.readouterr().err


def test_status__says_that_no_engine_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == run_command(["--root", str(tmp_path), "status"])
    assert f"the engine at {tmp_path}/docker.sock is not running\n" == capsys.readouterr().out


def test_down__nothing_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run_command(["--root", str(tmp_path), "down"])
    assert "nothing to stop" in capsys.readouterr().out
    assert [] == list(tmp_path.iterdir())
