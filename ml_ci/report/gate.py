"""The gate: which conditions a report has to meet, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.artifacts.evaluation import Evaluation, Metrics
from ml_ci.base.reported import LockOutcome, ReportedLock
from ml_ci.errors import EXIT_DIFFERS, EXIT_INCOMPLETE, EXIT_PASS
from ml_ci.params.evaluate import Thresholds
from ml_ci.parity.result import ParityResult
from ml_ci.report.check_names import DVC_LOCK, WARNING, parity_name
from ml_ci.report.outcome import worst_outcome
from ml_ci.report.schema import GateCheck, Outcome, Report, Subset
from ml_ci.report.verdicts import VERDICT_OUTCOME

_EXIT_CODE: dict[Outcome, int] = {
    "pass": EXIT_PASS,
    "warn": EXIT_PASS,
    "fail": EXIT_DIFFERS,
    "incomplete": EXIT_INCOMPLETE,
}
_LOCK_OUTCOME: dict[LockOutcome, Outcome] = {
    "fresh": "pass",
    "stale": "fail",
    "unknown": "incomplete",
}


def gate(report: Report) -> int:
    """1 when a check fails, 3 when none fails but one is incomplete, 0 otherwise."""
    return _EXIT_CODE[worst_outcome(report)]


def gate_checks(
    evaluation: Evaluation,
    thresholds: Thresholds,
    parity: Sequence[ParityResult],
    graph: str | None,
    subset: Subset | None = None,
) -> tuple[GateCheck, ...]:
    """Every condition with its outcome, parity first: it is what the project exists for.

    ``graph`` says how the exported graph differs from PyTorch, None when it does not. A threshold
    that a public ``subset`` misses may be met with all of the data: that is not known then.
    """
    for_all = subset is None or subset.speaks_for_all
    missed: Outcome = "fail" if for_all else "incomplete"
    on = "" if for_all else " on a public subset"
    return (
        *(_parity_check(result) for result in parity),
        _graph_check(graph),
        *(
            _threshold_check(threshold, missed, on)
            for threshold in _thresholds(evaluation.metrics, thresholds)
        ),
        _beats_untrained(evaluation),
    )


def lock_checks(lock: ReportedLock | None, fresh_lock: str) -> tuple[GateCheck, ...]:
    """Whether dvc.lock belongs to its own commit; nothing to check with uncommitted changes.

    ``fresh_lock`` is `gate.fresh_lock`.
    """
    if lock is None:
        return ()
    outcome, warning = _LOCK_OUTCOME[lock.outcome], ""
    if fresh_lock == "warn" and outcome != "pass":
        outcome, warning = "warn", WARNING
    sentence = f"{warning}{lock.sentence}"
    return (GateCheck(name=DVC_LOCK, outcome=outcome, sentence=sentence),)


def _parity_check(result: ParityResult) -> GateCheck:
    outcome = VERDICT_OUTCOME[result.verdict]
    return GateCheck(name=parity_name(result.target), outcome=outcome, sentence=result.sentence)


def _graph_check(graph: str | None) -> GateCheck:
    return GateCheck(
        name="exported graph",
        outcome="fail" if graph else "pass",
        sentence=graph or "agrees with PyTorch on the golden set",
    )


@dataclass(frozen=True, kw_only=True)
class _Threshold:
    name: str
    value: float
    limit: float
    at_least: bool
    """Otherwise at most."""


def _thresholds(metrics: Metrics, limits: Thresholds) -> tuple[_Threshold, ...]:
    return (
        _Threshold(name="accuracy", value=metrics.accuracy, limit=limits.accuracy, at_least=True),
        _Threshold(name="macro F1", value=metrics.macro_f1, limit=limits.macro_f1, at_least=True),
        _Threshold(
            name="expected calibration error",
            value=metrics.expected_calibration_error,
            limit=limits.expected_calibration_error,
            at_least=False,
        ),
    )


def _threshold_check(one: _Threshold, missed: Outcome, on: str) -> GateCheck:
    # Never by the negation: NaN meets nothing
    met = one.value >= one.limit if one.at_least else one.value <= one.limit
    asked = "at least {} is asked for" if one.at_least else "at most {} is allowed"
    return GateCheck(
        name=one.name,
        outcome="pass" if met else missed,
        sentence=f"{one.value:.4f}{on}, {asked.format(f'{one.limit:g}')}",
    )


def _beats_untrained(evaluation: Evaluation) -> GateCheck:
    trained, untrained = evaluation.metrics.accuracy, evaluation.untrained.accuracy
    return GateCheck(
        name="trained beats untrained",
        outcome="pass" if trained > untrained else "fail",
        sentence=f"accuracy {trained:.4f} trained, {untrained:.4f} untrained",
    )
