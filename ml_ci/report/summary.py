"""The report in a few lines of terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ml_ci.base.choosing import SHOWN
from ml_ci.base.reported import ReportedBase
from ml_ci.report.gate import gate
from ml_ci.report.paths import METRICS_MD, PARITY_MD
from ml_ci.report.rendering import OUTCOME_MARK
from ml_ci.report.schema import Report

_STYLE = {"pass": "green", "fail": "bold red", "incomplete": "bold yellow"}
_VERDICT = {0: "the gate is open", 1: "the gate is closed", 3: "the comparison is incomplete"}


def print_summary(console: Console, report: Report, seconds: float | None = None) -> None:
    """Verdict, gate, weights, engine, time, and where the report is."""
    lines: list[tuple[str, str, str]] = []
    code = gate(report)
    verdict = _VERDICT[code]
    if not report.engine.container_exercised:
        verdict += "; the container itself was not exercised"
    elif report.engine.stand_in:
        verdict += "; the container was made on a stand-in for its base"
    lines.append(("verdict", verdict, "green" if code == 0 else "bold red"))
    for check in report.gate:
        mark = OUTCOME_MARK[check.outcome]
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
    behind = f", {base.behind} commits behind" if base.behind else ""
    where = f"{base.commit[:SHOWN]}, {base.chosen}{behind}"
    return f"{where}; its numbers are {base.source}: {base.sentence}"
