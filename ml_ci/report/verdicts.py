"""Verdicts: the mark each is shown with, and the exit code of a command that ends with it."""

from __future__ import annotations

from typing import Final

from ml_ci.errors import EXIT_DIFFERS, EXIT_INCOMPLETE, EXIT_PASS
from ml_ci.parity.result import Verdict

VERDICT_MARK: Final[dict[Verdict, str]] = {
    "pass": "✅",
    "differs": "❌",
    "unexplained": "❌",
    "incomplete": "⚠️",
}
VERDICT_EXIT: Final[dict[Verdict, int]] = {
    "pass": EXIT_PASS,
    "differs": EXIT_DIFFERS,
    "unexplained": EXIT_DIFFERS,
    "incomplete": EXIT_INCOMPLETE,
}
