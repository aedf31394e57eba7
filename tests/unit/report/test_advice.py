"""What to do about a condition that is not met."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.report.advice import advice
from ml_ci.report.check_names import AGAINST_BASE, GOLDEN_ANSWERS, GOLDEN_SET
from ml_ci.report.schema import GateCheck
from ml_ci.steps import LADDER
from tests.builders.golden import changes
from tests.builders.reports import evaluation, parity, report, reported


@pytest.mark.parametrize("step", [step.name for step in LADDER])
def test_advice__names_step_and_image_of_a_difference(step: str) -> None:
    (sentence,) = advice(report(parity=(parity(step),)))

    assert (True, True) == (
        sentence.startswith(f"At **{step}**: "),
        sentence.endswith("Look at photo_0.png first."),
    )
    assert "make the server do as the reference does" not in sentence


@pytest.mark.parametrize(
    ("changed", "start"),
    [
        pytest.param({"parity": (parity(missing=1),)}, "Make the server answer", id="incomplete"),
        pytest.param({"graph": "it differs"}, "Run `dvc repro --force export`", id="graph"),
        pytest.param({"evaluation": evaluation(accuracy=0.8)}, "Train a better", id="accuracy"),
        pytest.param({"evaluation": evaluation(macro_f1=0.1)}, "Look for the weak", id="f1"),
        pytest.param(
            {"evaluation": evaluation(expected_calibration_error=0.9)}, "Make the conf", id="ece"
        ),
        pytest.param(
            {"evaluation": evaluation(untrained_accuracy=0.98)}, "Look at", id="untrained"
        ),
    ],
)
def test_advice__is_one_sentence_per_condition(changed: dict[str, Any], start: str) -> None:
    (sentence,) = advice(report(**changed))

    assert sentence.startswith(start)


@pytest.mark.parametrize("name", ["dvc.lock", AGAINST_BASE, GOLDEN_SET, GOLDEN_ANSWERS])
def test_advice__knows_the_conditions_of_other_modules(name: str) -> None:
    plain = report(golden=changes())
    check = GateCheck(name=name, outcome="fail", sentence="it is odd")

    (sentence,) = advice(plain.model_copy(update={"gate": (*plain.gate, check)}))

    assert not sentence.startswith("See to")


def test_advice__of_a_condition_nobody_knows_is_its_own_sentence() -> None:
    plain = report()
    check = GateCheck(name="<new>", outcome="fail", sentence="it is @odd")

    (sentence,) = advice(plain.model_copy(update={"gate": (*plain.gate, check)}))

    assert "See to **&lt;new>**: it is @\u200bodd." == sentence


def test_advice__is_none_when_all_is_well() -> None:
    assert () == advice(report())


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("container", "Make the server answer every image (why"),
        ("http", "Make the server answer every image (why"),
        ("dump", "Record every golden image on the device (why"),
        ("onnx", "Make ONNX Runtime run every image (why"),
    ],
)
def test_advice__of_an_incomplete_target_fits_its_kind(kind: str, start: str) -> None:
    content = report(
        parity=(parity(missing=1, target="mine"), parity()),
        targets=(reported("mine", kind=kind), reported("server")),
    )

    (sentence,) = advice(content)

    assert sentence.startswith(start)
