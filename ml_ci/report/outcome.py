"""The outcome of a whole report: what its worst check says."""

from __future__ import annotations

from collections.abc import Collection

from ml_ci.report.schema import Outcome, Report

CLOSING: tuple[Outcome, ...] = ("fail", "incomplete")
"""What closes the gate."""


def worst_outcome(report: Report) -> Outcome:
    """That of the check that is worst."""
    return worst_of([check.outcome for check in report.gate])


def worst_of(outcomes: Collection[Outcome]) -> Outcome:
    """`fail` before `incomplete` before `warn` before `pass`."""
    worst_first: tuple[Outcome, ...] = (*CLOSING, "warn")
    return next((outcome for outcome in worst_first if outcome in outcomes), "pass")
