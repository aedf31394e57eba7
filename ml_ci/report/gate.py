"""The gate: which conditions a report has to meet, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import Evaluation
from ml_ci.base.reported import LockOutcome, ReportedLock
from ml_ci.errors import EXIT_DIFFERS, EXIT_INCOMPLETE, EXIT_PASS
from ml_ci.params.evaluate import Thresholds
from ml_ci.parity.result import ParityResult
from ml_ci.report.check_names import parity_name
from ml_ci.report.outcome import worst_outcome
from ml_ci.report.schema import GateCheck, Outcome, Report

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
) -> tuple[GateCheck, ...]:
    """Every condition with its outcome, parity first: it is what the project exists for.

    ``graph`` says how the exported graph differs from PyTorch, None when it does not.
    """
    return (
        *(_parity_check(result) for result in parity),
        _graph_check(graph),
        _at_least("accuracy", evaluation.metrics.accuracy, thresholds.accuracy),
        _at_least("macro F1", evaluation.metrics.macro_f1, thresholds.macro_f1),
        _at_most(
            "expected calibration error",
            evaluation.metrics.expected_calibration_error,
            thresholds.expected_calibration_error,
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
        outcome, warning = "warn", "only a warning: "
    sentence = f"{warning}{lock.sentence}"
    return (GateCheck(name=str(paths.LOCK), outcome=outcome, sentence=sentence),)


def _parity_check(result: ParityResult) -> GateCheck:
    outcome: Outcome = "fail" if result.verdict == "differs" else result.verdict
    return GateCheck(name=parity_name(result.target), outcome=outcome, sentence=result.sentence)


def _graph_check(graph: str | None) -> GateCheck:
    return GateCheck(
        name="exported graph",
        outcome="fail" if graph else "pass",
        sentence=graph or "agrees with PyTorch on the golden set",
    )


def _at_least(name: str, value: float, threshold: float) -> GateCheck:
    # `not >=` rather than `<`: NaN fails
    return GateCheck(
        name=name,
        outcome="pass" if value >= threshold else "fail",
        sentence=f"{value:.4f}, at least {threshold:g} is asked for",
    )


def _at_most(name: str, value: float, threshold: float) -> GateCheck:
    return GateCheck(
        name=name,
        outcome="pass" if value <= threshold else "fail",
        sentence=f"{value:.4f}, at most {threshold:g} is allowed",
    )


def _beats_untrained(evaluation: Evaluation) -> GateCheck:
    trained, untrained = evaluation.metrics.accuracy, evaluation.untrained.accuracy
    return GateCheck(
        name="trained beats untrained",
        outcome="pass" if trained > untrained else "fail",
        sentence=f"accuracy {trained:.4f} trained, {untrained:.4f} untrained",
    )
