"""The first line of the metrics comment: accuracy, better or worse than the base, the gate."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.changes.result import Changes, Paired
from ml_ci.report.check_names import AGAINST_BASE
from ml_ci.report.concerns import in_short
from ml_ci.report.figures import signed
from ml_ci.report.schema import GateCheck, Report
from ml_ci.report.standing import Standing, closing_in_short


def metrics_headline(report: Report, standing: Standing) -> str:
    """As Markdown."""
    metrics = report.evaluation.metrics
    value = f"Accuracy {metrics.accuracy:.1%} on {metrics.images} test images"
    return f"{standing.mark} {value}{_against_base(report, standing)}{_gate(standing)}"


def _against_base(report: Report, standing: Standing) -> str:
    """Nothing where there is nothing to compare with: that is a concern, told where it is open."""
    changes = report.changes
    if changes is None:
        return ""
    test = changes.paired
    if test is None or not test.images:
        if standing.is_open:
            return ""
        trained = report.subset is not None and report.subset.trained
        return ", trained on a public subset" if trained else ", nothing to compare it with"
    where = "" if not test.only_now + test.only_base else f" on the {test.images} both have"
    if not test.fixed + test.broken:
        return f", as in the base{where}"
    compared = next((one.compared for one in changes.metrics if one.name == "accuracy"), None)
    points = "–" if compared is None else _points(compared.change)
    return f", {points} points{where}: {_judgement(test, changes, report.gate)}"


def _points(change: float) -> str:
    """A change of accuracy, 0–1, in points; with more digits where one would make nothing of it."""
    return signed(change * 100, decimals=1 if abs(change) >= 0.0005 else 3)


def _judgement(test: Paired, changes: Changes, gate: Sequence[GateCheck]) -> str:
    if test.verdict == "same":
        return "no more than chance"
    passes = any(check.name == AGAINST_BASE and check.outcome == "pass" for check in gate)
    if test.verdict == "worse" and passes:
        return "**worse** than the base, by no more than `gate.smallest_loss` lets go"
    retrained = " (trained again from the same inputs)" if changes.expected else ""
    return f"**{test.verdict}** than the base, by more than chance{retrained}"


def _gate(standing: Standing) -> str:
    if not standing.is_open:
        closing = ", ".join(closing_in_short(check) for check in standing.closing)
        return f"; **the gate is closed: {closing or 'the parity comment says why'}**"
    return f"; **look first: {in_short(standing.concerns)}**" if standing.concerns else ""
