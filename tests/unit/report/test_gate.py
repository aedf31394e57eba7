"""The gate's exit code."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.base.reported import LockOutcome, ReportedLock
from ml_ci.report.gate import gate, gate_checks, lock_checks
from ml_ci.report.schema import GateCheck, Outcome, Subset, SubsetSplit
from tests.builders.reports import THRESHOLDS, evaluation, parity, report


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


PART = Subset(
    folder="public", splits=(SubsetSplit(split="train", images=2, whole=9),), trained=True
)


@pytest.mark.parametrize(
    ("subset", "accuracy", "expected"),
    [
        pytest.param(PART, 0.5, ("incomplete", "0.5000 on a public subset, at least"), id="missed"),
        pytest.param(PART, 0.95, ("pass", "0.9500 on a public subset, at least"), id="met"),
        pytest.param(
            PART.model_copy(update={"trained": False}),
            0.5,
            ("fail", "0.5000, at least"),
            id="a-subset-that-makes-no-difference",
        ),
        pytest.param(None, 0.5, ("fail", "0.5000, at least"), id="no-subset"),
    ],
)
def test_gate_checks__of_a_public_subset_do_not_fail_a_threshold(
    subset: Subset | None, accuracy: float, expected: tuple[Outcome, str]
) -> None:
    checks = gate_checks(evaluation(accuracy=accuracy), THRESHOLDS, [parity()], None, subset)

    (check,) = [check for check in checks if check.name == "accuracy"]
    assert (expected[0], True) == (check.outcome, check.sentence.startswith(expected[1]))


def test_gate_checks__training_that_taught_nothing_fails_on_any_data() -> None:
    taught_nothing = evaluation(accuracy=0.5, untrained_accuracy=0.5)

    check = gate_checks(taught_nothing, THRESHOLDS, [parity()], None, PART)[-1]

    assert ("trained beats untrained", "fail") == (check.name, check.outcome)
