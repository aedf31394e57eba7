"""What a command prints and returns when something goes wrong."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ml_ci.errors import exit_code_of, user_error_of


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EFBIG, "the file is larger than this shell (`ulimit -f`) or the file system allows"),
    ],
    ids=["disk", "quota", "limit"],
)
def test_user_error_of__no_room(number: int, what: str) -> None:
    told = user_error_of(OSError(number, "said by the system", "models/model.onnx"))

    assert told is not None
    assert (f"{what}; what was there before is as it was", "models/model.onnx") == (
        told.what,
        told.where,
    )


def test_user_error_of__no_room_for_an_unknown_file() -> None:
    told = user_error_of(OSError(errno.ENOSPC, "said by the system"))

    assert told is not None
    assert str(Path.cwd()) == told.where


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "no"), ValueError("no")])
def test_user_error_of__a_bug(error: Exception) -> None:
    assert user_error_of(error) is None


def test_exit_code_of__an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert (130, "interrupted\n") == (exit_code_of(interrupted), capsys.readouterr().err)


def test_exit_code_of__a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code_of(lambda: 1 // 0)
