"""The first line of the parity comment: what a reviewer has to know before anything else."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.parity.check import Check
from ml_ci.parity.result import ParityResult, StepResult
from ml_ci.parity.wording import segment_start
from ml_ci.report.check_names import GOLDEN_ANSWERS, GOLDEN_SET, parity_name
from ml_ci.report.checks import differing
from ml_ci.report.concerns import NO_CONTAINER, STAND_IN, in_short
from ml_ci.report.markdown import safe
from ml_ci.report.schema import GateCheck, Report
from ml_ci.report.served import served_accuracy
from ml_ci.report.standing import Standing, closing_in_short

_NAMED = 3  # checks; the comment lists the others
_BESIDE = ("weights", "invariants")
"""Topics of checks that say more than a step that the ladder blames."""
_ORDER = {"differs": 0, "unexplained": 1, "incomplete": 2, "pass": 3}


def headline(report: Report, standing: Standing) -> str:
    """Mark, verdict over all targets, and what else speaks against merging, as Markdown.

    Agreement never stands first while something else closes the gate.
    """
    worst = min(report.parity, key=lambda result: _ORDER[result.verdict])
    verdict = f"{_verdict(report, worst)}{_container(report)}"
    if standing.is_open:
        return f"{standing.mark} {verdict}{_look_first(standing)}"
    told = {parity_name(result.target) for result in report.parity if result.verdict != "pass"}
    others = [_closes(check, report) for check in standing.closing if check.name not in told]
    if worst.verdict == "pass":
        return f"{standing.mark} **The gate is closed: {', '.join(others)}**; {verdict}"
    if others:
        return f"{standing.mark} {verdict}; **also closing the gate: {', '.join(others)}**"
    if worst.verdict == "incomplete":
        return f"{standing.mark} {verdict}; **the gate is closed until all are**"
    parts = any(step.images for step in worst.steps) and not worst.reference_failure
    return f"{standing.mark} {verdict}" + ("" if parts else "; **the gate is closed**")


def _verdict(report: Report, worst: ParityResult) -> str:
    """The sentence of the worst target; which one it is stands there when there are several."""
    count = len(report.parity)
    of = f"{safe(worst.target)}: " if count > 1 else ""
    if worst.reference_failure:
        return "**the reference fails its own checks**, so no target is to blame for anything"
    if worst.verdict == "unexplained":
        apart = worst.golden - worst.agreeing - len(worst.failures)
        return (
            f"{of}training and serving end up apart on {apart} of {worst.golden} images, and no "
            "step that could be measured is to blame"
        )
    if differing(worst) and not any(step.images for step in worst.steps):
        names = _names(differing(worst))
        agree = f"although {worst.agreeing} of {worst.golden} golden images agree"
        return f"{of}{names}, {agree}{_symptom(worst)}"
    if worst.verdict == "differs":
        beside = [check for check in differing(worst) if check.topic in _BESIDE]
        also = f"; {_names(beside)} as well" if beside else ""
        return f"{of}training and serving part {_where(worst)}{also}{_symptom(worst)}"
    if worst.verdict == "incomplete":
        return f"{of}only {worst.agreeing} of {worst.golden} images could be compared"
    agree = f"training and serving agree on {worst.agreeing} of {worst.golden} images"
    each = f", on each of {count} targets" if count > 1 else ""
    return f"{agree}{each}{_unknown(report)}"


def _unknown(report: Report) -> str:
    """Never silently: what could not be checked of a target that agrees."""
    checks = [check for one in report.parity for check in one.checks]
    count = sum(one.outcome == "unknown" and one.topic != "environment" for one in checks)
    return f"; {count} check{'' if count == 1 else 's'} could not be made" if count else ""


def _where(result: ParityResult) -> str:
    """Every step to blame: the first with its share of the golden set, the others as well."""
    faulty = [step for step in result.steps if step.images]
    first, *others = (f"{_place(step)} on {step.images}" for step in faulty)
    also = f", on their own also {', '.join(others)}" if others else ""
    return f"{first} of {result.golden} images{also}"


def _symptom(result: ParityResult) -> str:
    """What people come with: the accuracy, where it differs."""
    served = served_accuracy(result)
    if served is None or all(check.topic != "accuracy" for check in differing(result)):
        return ""
    return f"; accuracy {safe(served.served)} served, {safe(served.script)} in the script"


def _names(checks: Sequence[Check]) -> str:
    """The checks that differ; the comment has all of them."""
    names = [safe(check.name) for check in checks]
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"**{shown}** {'differs' if len(names) == 1 else 'differ'}"


def _place(step: StepResult) -> str:
    start = segment_start(step)
    if start is None:
        return f"at **{safe(step.step)}**"
    return f"between **{safe(start)}** and **{safe(step.step)}**"


def _closes(check: GateCheck, report: Report) -> str:
    """What a condition says in a few words; its name where there is nothing shorter."""
    golden = report.golden
    if check.name == GOLDEN_ANSWERS and golden is not None:
        moved = golden.answers.moved
        if moved:
            return f"{moved} golden answer{'' if moved == 1 else 's'} moved without being accepted"
        return safe(golden.answers.problem) or check.name
    if check.name == GOLDEN_SET and golden is not None:
        denied = golden.images.denied
        return (
            f"{denied} golden image{'' if denied == 1 else 's'} gone or changed without permission"
        )
    return closing_in_short(check)


def _look_first(standing: Standing) -> str:
    """The concerns, but for what `_container` has said."""
    others = [one for one in standing.concerns if one.short not in (NO_CONTAINER, STAND_IN)]
    return f"; **look first: {in_short(others)}**" if others else ""


def _container(report: Report) -> str:
    if not report.engine.container_exercised:
        return " — the container itself was **not** exercised"
    return f" — {STAND_IN}" if report.engine.stand_in else ""
