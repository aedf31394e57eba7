"""The report in a few lines of terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ml_ci.base.choosing import SHOWN
from ml_ci.base.reported import ReportedBase
from ml_ci.report.gate import gate
from ml_ci.report.paths import METRICS_MD, PARITY_MD
from ml_ci.report.schema import Report
from ml_ci.report.standing import MARKS, standing_of

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


def _base(base: ReportedBase) -> str:
    if base.commit is None:
        return f"{base.sentence}: {base.chosen}"
    commits = "commit" if base.behind == 1 else "commits"
    behind = f", {base.behind} {commits} behind" if base.behind else ""
    where = f"{base.commit[:SHOWN]}, {base.chosen}{behind}"
    return f"{where}; its numbers: {base.sentence}"
