"""Errors a user can act on: what happened, where, and how to fix it.

Everything else that goes wrong is a bug and keeps its traceback.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path


class UserError(Exception):
    """Something the user must change; shown without a traceback, exit code 2."""

    def __init__(self, *, what: str, where: str, fix: str) -> None:
        self.what = what
        self.where = printable(where)
        self.fix = fix
        super().__init__(f"{what}\n  where: {self.where}\n  fix:   {fix}")


class CombinedUserError(UserError):
    """Several independent problems, reported at once so that one run shows them all."""

    def __init__(self, problems: list[UserError]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in problems)
        Exception.__init__(self, f"{len(problems)} problems\n{lines}")
        self.what = f"{len(problems)} problems"
        self.where = "; ".join(problem.where for problem in problems)
        self.fix = "; ".join(dict.fromkeys(problem.fix for problem in problems))


def printable(name: str) -> str:
    """A file's name as one line that cannot steer a terminal or a CI's log (`::`)."""
    return "".join(character if character.isprintable() else "?" for character in name)


EXIT_PASS = 0
EXIT_DIFFERS = 1
EXIT_USER = 2
EXIT_INCOMPLETE = 3
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it

_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than this shell (`ulimit -f`) or the file system allows",
}


def user_error_of(error: BaseException) -> UserError | None:
    """What the user can do about ``error``: itself, or no room on the disk. None for a bug."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return UserError(
            what=f"{_NO_ROOM[error.errno]}; what was there before is as it was",
            where=str(error.filename or Path.cwd()),
            fix="make room, then run the same command again; "
            "`dvc gc -w` drops what DVC keeps of other versions",
        )
    return None


def exit_code_of(function: Callable[[], int | None]) -> int:
    """Run ``function`` and return its exit code; what a user can act on is printed, code 2."""
    try:
        return function() or EXIT_PASS
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        told = user_error_of(error)
        if told is None:
            raise
        print(f"error: {told}", file=sys.stderr)
        return EXIT_USER
