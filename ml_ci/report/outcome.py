"""The outcome of a whole report: what its worst check says."""

from __future__ import annotations

from ml_ci.report.schema import Outcome, Report

_WORST_FIRST: tuple[Outcome, ...] = ("fail", "incomplete", "warn")


def worst_outcome(report: Report) -> Outcome:
    """`fail` before `incomplete` before `warn` before `pass`."""
    outcomes = {check.outcome for check in report.gate}
    return next((outcome for outcome in _WORST_FIRST if outcome in outcomes), "pass")
