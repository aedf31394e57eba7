"""The gate as JSON."""

from __future__ import annotations

import pytest

from ml_ci.parity.conclusion import conclude
from ml_ci.report.gate_json import gate_json
from tests.builders.checks import check
from tests.builders.reports import evaluation, parity, report

DIFFERS = conclude(parity(target="phone"), [check("class list", step="label")])


def test_gate_json__is_about_the_worst_target() -> None:
    found = gate_json(report(parity=(parity(target="server"), DIFFERS)))

    assert (1, "phone", "differs", "label", ("class list",)) == (
        found.exit_code,
        found.target,
        found.verdict,
        found.first_step,
        tuple(one.name for one in found.checks),
    )


def test_gate_json__has_the_documented_keys() -> None:
    document = gate_json(report()).model_dump(mode="json")

    assert {"verdict", "first_step", "steps", "checks"} <= set(document)
    assert {"step", "own", "inherited", "allowed", "images"} <= set(document["steps"][0])


def test_gate_json__tells_of_every_target_and_condition() -> None:
    whole = report(parity=(parity(target="server"), DIFFERS), reference=(check(outcome="agrees"),))

    found = gate_json(whole)

    assert (["server", "phone"], whole.gate, whole.reference) == (
        [one.target for one in found.targets],
        found.gate,
        found.reference,
    )
    assert () == found.targets[0].images


@pytest.mark.parametrize(
    ("changed", "code", "verdict"),
    [
        ({}, 0, "pass"),
        ({"parity": (parity(missing=1),)}, 3, "incomplete"),
        ({"parity": (parity("resized"), parity(missing=1, target="b"))}, 1, "differs"),
        ({"evaluation": evaluation(accuracy=0.1)}, 1, "pass"),
    ],
    ids=["pass", "incomplete", "differs", "a threshold"],
)
def test_gate_json__has_the_exit_code_of_the_gate(
    changed: dict[str, object], code: int, verdict: str
) -> None:
    found = gate_json(report(**changed))  # type: ignore[arg-type]

    assert (code, verdict) == (found.exit_code, found.verdict)
