"""The gate's exit code."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.base.reported import LockOutcome, ReportedLock
from ml_ci.report.gate import gate, lock_checks
from ml_ci.report.schema import GateCheck, Outcome
from tests.builders.reports import evaluation, parity, report


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({}, 0, id="all-well"),
        pytest.param({"parity": (parity("resized"),)}, 1, id="differs"),
        pytest.param({"graph": "it differs"}, 1, id="exported-graph-differs"),
        pytest.param({"parity": (parity(missing=1),)}, 3, id="image-missing"),
        pytest.param({"parity": (parity("resized"), parity(missing=1))}, 1, id="both"),
        pytest.param({"evaluation": evaluation(accuracy=0.89)}, 1, id="accuracy-too-low"),
        pytest.param({"evaluation": evaluation(macro_f1=0.89)}, 1, id="f1-too-low"),
        pytest.param(
            {"evaluation": evaluation(expected_calibration_error=0.11)},
            1,
            id="calibration-too-high",
        ),
        pytest.param({"evaluation": evaluation(untrained_accuracy=0.98)}, 1, id="no-better"),
        pytest.param({"evaluation": evaluation(accuracy=0.9)}, 0, id="exactly-at-the-threshold"),
    ],
)
def test_gate__exit_code(changed: dict[str, Any], code: int) -> None:
    assert code == gate(report(**changed))


def test_gate__is_open_for_what_is_only_a_warning() -> None:
    plain = report()
    warned = GateCheck(name="dvc.lock", outcome="warn", sentence="it is stale")

    assert 0 == gate(plain.model_copy(update={"gate": (*plain.gate, warned)}))


def lock(outcome: LockOutcome) -> ReportedLock:
    return ReportedLock(
        commit="ab", outcome=outcome, stale=(), unchecked=(), sentence=f"it is {outcome}"
    )


@pytest.mark.parametrize(
    ("outcome", "setting", "expected", "sentence"),
    [
        ("fresh", "warn", "pass", "it is fresh"),
        ("fresh", "fail", "pass", "it is fresh"),
        ("stale", "warn", "warn", "only a warning: it is stale"),
        ("stale", "fail", "fail", "it is stale"),
        ("unknown", "warn", "warn", "only a warning: it is unknown"),
        ("unknown", "fail", "incomplete", "it is unknown"),
    ],
)
def test_lock_checks__outcome(
    outcome: LockOutcome, setting: str, expected: Outcome, sentence: str
) -> None:
    check = GateCheck(name="dvc.lock", outcome=expected, sentence=sentence)
    assert (check,) == lock_checks(lock(outcome), setting)


def test_lock_checks__with_uncommitted_changes_says_nothing() -> None:
    assert () == lock_checks(None, "fail")
