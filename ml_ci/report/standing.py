"""The standing of a report: whether to merge, in one mark, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.report.check_names import THRESHOLDS
from ml_ci.report.concerns import Concern, concerns_of
from ml_ci.report.markdown import safe
from ml_ci.report.outcome import CLOSING, worst_of
from ml_ci.report.schema import GateCheck, Outcome, Report
from ml_ci.report.verdicts import VERDICT_OUTCOME

MARKS: dict[Outcome, str] = {"pass": "✅", "warn": "⚠️", "fail": "❌", "incomplete": "⚠️"}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The same for every comment about a report: one alone must not say anything else."""

    outcome: Outcome
    """`warn` where the gate is open and there are concerns."""
    closing: tuple[GateCheck, ...]
    """What closes the gate."""
    concerns: tuple[Concern, ...]

    @property
    def mark(self) -> str:
        """What the first line begins with."""
        return MARKS[self.outcome]

    @property
    def is_open(self) -> bool:
        """Whether the gate is."""
        return self.outcome not in CLOSING


def standing_of(report: Report, beside: Sequence[Concern] = ()) -> Standing:
    """``beside`` are concerns that the report cannot know of.

    A report is whatever its maker says: a comparison or a check that differs closes the gate, also
    where its own list of conditions, or the verdict, has forgotten it.
    """
    concerns = (*beside, *concerns_of(report))
    outcomes: list[Outcome] = [check.outcome for check in report.gate]
    outcomes += [VERDICT_OUTCOME[one.verdict] for one in report.parity]
    checks = [*report.reference, *(check for one in report.parity for check in one.checks)]
    outcomes += ["fail"] if any(check.outcome == "differs" for check in checks) else []
    outcomes += ["warn"] if concerns else []
    return Standing(
        outcome=worst_of(outcomes),
        closing=tuple(check for check in report.gate if check.outcome in CLOSING),
        concerns=concerns,
    )


def closing_in_short(check: GateCheck) -> str:
    """A condition that closes the gate in a few words, as Markdown.

    A threshold is only ever unknown on a public subset, which may be what misses it.
    """
    if check.name in THRESHOLDS and check.outcome == "incomplete":
        return f"{check.name} unknown on a public subset"
    return safe(check.name)
