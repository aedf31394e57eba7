"""Verdicts: what each means for the gate, its mark, and the exit code of a command about it."""

from __future__ import annotations

from typing import Final

from ml_ci.errors import EXIT_DIFFERS, EXIT_INCOMPLETE, EXIT_PASS
from ml_ci.parity.result import Verdict
from ml_ci.report.schema import Outcome

VERDICT_OUTCOME: Final[dict[Verdict, Outcome]] = {
    "pass": "pass",
    "differs": "fail",
    "unexplained": "fail",
    "incomplete": "incomplete",
}
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
