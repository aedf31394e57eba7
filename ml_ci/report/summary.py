"""The report in a few lines of terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ml_ci.base.choosing import SHOWN
from ml_ci.base.reported import ReportedBase
from ml_ci.parity.result import ParityResult
from ml_ci.report.checks import checks_summary, open_checks
from ml_ci.report.gate import gate
from ml_ci.report.paths import METRICS_MD, PARITY_MD
from ml_ci.report.schema import Report
from ml_ci.report.served import in_a_line, served_accuracy
from ml_ci.report.standing import MARKS, standing_of
from ml_ci.report.terminal import WORD

_STYLE = {"pass": "green", "warn": "yellow", "fail": "bold red", "incomplete": "bold yellow"}
_VERDICT = {0: "the gate is open", 1: "the gate is closed", 3: "the comparison is incomplete"}


def print_summary(console: Console, report: Report, seconds: float | None = None) -> None:
    """Verdict, gate, weights, engine, time, and where the report is."""
    lines: list[tuple[str, str, str]] = []
    standing = standing_of(report)
    verdict = "; ".join([_VERDICT[gate(report)], *(one.short for one in standing.concerns)])
    lines.append(("verdict", verdict, _STYLE[standing.outcome]))
    for check in report.gate:
        mark = MARKS[check.outcome]
        lines.append((check.name, f"{mark} {check.sentence}", _STYLE[check.outcome]))
    for target in report.parity:
        lines += _of_target(target, several=len(report.parity) > 1)
    lines += [(one.name, one.sentence, "") for one in report.targets if one.kind == "dump"]
    lines.append(("engine", report.engine.sentence, ""))
    lines.append(("weights", report.weights.sentence, ""))
    if report.base is not None:
        lines.append(("base", _base(report.base), ""))
    if seconds is not None:
        lines.append(("time", f"{seconds:.0f} s", ""))
    lines.append(("report", f"{PARITY_MD}, {METRICS_MD}", ""))
    width = max(len(name) for name, _, _ in lines)
    for name, text, style in lines:
        console.print(Text(f"{name:<{width}}  ").append(text, style=style), soft_wrap=True)


def _of_target(target: ParityResult, *, several: bool) -> list[tuple[str, str, str]]:
    """Accuracy, how the checks came out, and what differs or is not known."""
    if not target.checks:
        return []
    of = f" of {target.target}" if several else ""
    served = served_accuracy(target)
    lines = [] if served is None else [(f"accuracy{of}", in_a_line(served), "")]
    lines.append((f"checks{of}", checks_summary(target.checks), ""))
    for row in open_checks(target.checks):
        style = _STYLE["fail"] if row.outcome == "differs" else _STYLE["incomplete"]
        lines.append(("", f"{WORD[row.outcome]} {row.names}: {row.evidence}", style))
    return lines


def _base(base: ReportedBase) -> str:
    if base.commit is None:
        return f"{base.sentence}: {base.chosen}"
    commits = "commit" if base.behind == 1 else "commits"
    behind = f", {base.behind} {commits} behind" if base.behind else ""
    where = f"{base.commit[:SHOWN]}, {base.chosen}{behind}"
    return f"{where}; its numbers: {base.sentence}"
