"""The gate as JSON, for programs: conditions, and targets as `ml-ci compare --json` tells them."""

from __future__ import annotations

from ml_ci.parity.check import Check
from ml_ci.parity.result import ParityResult, StepResult, Verdict
from ml_ci.report.gate import gate
from ml_ci.report.schema import GateCheck, Part, Report

_WORST_FIRST: tuple[Verdict, ...] = ("differs", "unexplained", "incomplete", "pass")


class GateJson(Part):
    """What `ml-ci gate --json` prints; docs/report.md explains it."""

    exit_code: int
    gate: tuple[GateCheck, ...]
    """Every condition, of which parity is one per target."""
    target: str
    """The one that the next four are about: the first of those with the worst verdict."""
    verdict: Verdict
    first_step: str | None
    steps: tuple[StepResult, ...]
    checks: tuple[Check, ...]
    reference: tuple[Check, ...]
    """The reference's own checks."""
    targets: tuple[ParityResult, ...]
    """Every target, without its images, which report.json has."""


def gate_json(report: Report) -> GateJson:
    """Of a whole report."""
    worst = min(report.parity, key=lambda result: _WORST_FIRST.index(result.verdict))
    return GateJson(
        exit_code=gate(report),
        gate=report.gate,
        target=worst.target,
        verdict=worst.verdict,
        first_step=worst.first_step,
        steps=worst.steps,
        checks=worst.checks,
        reference=report.reference,
        targets=tuple(one.model_copy(update={"images": ()}) for one in report.parity),
    )
