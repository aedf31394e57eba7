"""Errors a user can act on: what happened, where, and how to fix it.

Everything else that goes wrong is a bug and keeps its traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user must change; shown without a traceback, exit code 2."""

    def __init__(self, *, what: str, where: str, fix: str) -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(f"{what}\n  where: {where}\n  fix:   {fix}")


class CombinedUserError(UserError):
    """Several independent problems, reported at once so that one run shows them all."""

    def __init__(self, problems: list[UserError]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in problems)
        Exception.__init__(self, f"{len(problems)} problems\n{lines}")
        self.what = f"{len(problems)} problems"
        self.where = "; ".join(problem.where for problem in problems)
        self.fix = "; ".join(dict.fromkeys(problem.fix for problem in problems))


EXIT_PASS = 0
EXIT_DIFFERS = 1
EXIT_USER = 2
EXIT_INCOMPLETE = 3


def exit_code_of(function: Callable[[], int | None]) -> int:
    """Run ``function`` and return its exit code; a ``UserError`` is printed and becomes 2."""
    try:
        return function() or EXIT_PASS
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_USER
