"""The first line of the metrics comment: accuracy, better or worse than the base, the gate."""

from __future__ import annotations

from ml_ci.changes.result import Changes, Paired
from ml_ci.report.figures import signed
from ml_ci.report.markdown import safe
from ml_ci.report.outcome import worst_outcome
from ml_ci.report.schema import Report

_MARK = {"pass": "✅", "warn": "⚠️", "fail": "❌", "incomplete": "⚠️"}


def metrics_headline(report: Report) -> str:
    """As Markdown."""
    metrics = report.evaluation.metrics
    mark = _MARK[worst_outcome(report)]
    value = f"Accuracy {metrics.accuracy:.1%} on {metrics.images} test images"
    return f"{mark} {value}{_against_base(report.changes)}{_gate(report)}"


def _against_base(changes: Changes | None) -> str:
    if changes is None:
        return ""
    test = changes.paired
    if test is None:
        return ", nothing to compare it with"
    if not test.images:
        return ", not comparable with the base: no test image is the same"
    if not test.fixed + test.broken:
        return ", as in the base"
    compared = next((one.compared for one in changes.metrics if one.name == "accuracy"), None)
    points = signed(None if compared is None else compared.change * 100, decimals=1)
    where = "" if not test.only_now + test.only_base else f" on the {test.images} both have"
    return f", {points} points{where}: {_judgement(test, changes)}"


def _judgement(test: Paired, changes: Changes) -> str:
    if test.verdict == "same":
        return "no more than chance"
    retrained = " (trained again from the same inputs)" if changes.expected else ""
    return f"**{test.verdict}** than the base, by more than chance{retrained}"


def _gate(report: Report) -> str:
    closed = [safe(check.name) for check in report.gate if check.outcome in ("fail", "incomplete")]
    return f"; the gate is closed: {', '.join(closed)}" if closed else ""
