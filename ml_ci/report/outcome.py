"""The outcome of a whole report: what its worst check says."""

from __future__ import annotations

from ml_ci.report.schema import Outcome, Report


def worst_outcome(report: Report) -> Outcome:
    """`fail` before `incomplete` before `pass`."""
    outcomes = {check.outcome for check in report.gate}
    if "fail" in outcomes:
        return "fail"
    return "incomplete" if "incomplete" in outcomes else "pass"
