"""The first line of the parity comment: what a reviewer has to know before anything else."""

from __future__ import annotations

from ml_ci.parity.result import ParityResult
from ml_ci.report.check_names import GOLDEN_ANSWERS, GOLDEN_SET
from ml_ci.report.markdown import safe
from ml_ci.report.schema import Report

_ORDER = {"differs": 0, "incomplete": 1, "pass": 2}
_PARITY_MARK = {"pass": "✅", "differs": "❌", "incomplete": "⚠️"}


def headline(report: Report) -> str:
    """Mark and verdict over all targets, then what else speaks against merging, as Markdown."""
    worst = min(report.parity, key=lambda result: _ORDER[result.verdict])
    golden = _golden(report)
    mark = "❌" if golden else _PARITY_MARK[worst.verdict]
    others = "" if golden or worst.verdict == "differs" else _others(report)
    return f"{mark} {_verdict(report, worst)}{golden}{others}{_container(report)}"


def _verdict(report: Report, worst: ParityResult) -> str:
    """The sentence of the worst target; which one it is stands there when there are several."""
    count = len(report.parity)
    of = f"{safe(worst.target)}: " if count > 1 else ""
    if worst.first_step is not None:
        first = next(step.first for step in worst.steps if step.step == worst.first_step)
        return (
            f"{of}training and serving part at **{safe(worst.first_step)}** on "
            f"{first} of {worst.golden} images"
        )
    if worst.verdict == "incomplete":
        return f"{of}only {worst.agreeing} of {worst.golden} images could be compared"
    agree = f"training and serving agree on {worst.agreeing} of {worst.golden} images"
    return f"{agree}, on each of {count} targets" if count > 1 else agree


def _golden(report: Report) -> str:
    """What the golden set adds to the verdict; empty when nothing does."""
    if report.golden is None:
        return ""
    failed = {check.name for check in report.gate if check.outcome == "fail"}
    told = []
    if GOLDEN_ANSWERS in failed:
        moved = report.golden.answers.moved
        told.append(
            f"{moved} golden answer{'' if moved == 1 else 's'} moved without being accepted"
            if moved
            else safe(report.golden.answers.problem)
        )
    if GOLDEN_SET in failed:
        denied = report.golden.images.denied
        told.append(
            f"{denied} golden image{'' if denied == 1 else 's'} gone or changed without permission"
        )
    return "".join(f"; **{one}**" for one in told)


def _others(report: Report) -> str:
    """Conditions that the metrics comment tells of: agreement alone must not read as a pass."""
    failed = [safe(check.name) for check in report.gate if check.outcome == "fail"]
    return f"; **but the gate is closed: {', '.join(failed)}**" if failed else ""


def _container(report: Report) -> str:
    if not report.engine.container_exercised:
        return " — the container itself was **not** exercised"
    return " — on a stand-in for the container's base" if report.engine.stand_in else ""
