"""A measurement belongs to one receipt, to today's inputs, and to what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from ml_ci.errors import UserError
from ml_ci.measurement import (
    check_current,
    load_measurement,
    measurement_path,
    save_measurement,
)
from ml_ci.receipt import Receipt, receipt_path

PIPELINE = """\
stages:
  reference:
    deps: [images]
    outs: [receipts/reference.json: {cache: false}]
  replay:
    deps: [receipts/reference.json]
    outs: [receipts/replay.json: {cache: false}]
  parity:
    deps: [receipts/reference.json, receipts/replay.json]
    outs: [receipts/parity.json: {cache: false}]
"""


class Number(BaseModel):
    """What a stage measured."""

    value: float


def measure(stage: str, value: float) -> None:
    receipt = Receipt.of(stage)
    save_measurement(receipt, {"python": "3"}, Number(value=value))
    receipt.write()


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("model: {}\n")
    Path("dvc.yaml").write_text(PIPELINE)
    Path("images").write_text("golden")
    measure("reference", 1)
    measure("replay", 2)


def test_load_measurement__returns_what_was_saved() -> None:
    assert 2 == load_measurement("replay", Number).result.value


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            lambda: Path("images").write_text("others"), "inputs have changed", id="inputs"
        ),
        pytest.param(
            lambda: measure("reference", 3), "reference was measured again", id="upstream"
        ),
        pytest.param(
            lambda: receipt_path("reference").unlink(), "is missing", id="upstream-dropped"
        ),
        pytest.param(lambda: receipt_path("replay").unlink(), "another run", id="dropped"),
        pytest.param(
            lambda: measurement_path("replay").write_text("{"), "another run", id="damaged"
        ),
    ],
)
def test_load_measurement__refuses_what_is_out_of_date(
    change: Callable[[], object], reason: str
) -> None:
    change()

    with pytest.raises(UserError, match=reason):
        load_measurement("replay", Number)


def test_check_current__looks_at_each_stage_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measure("parity", 3)
    looked: list[str] = []
    receipt_of = Receipt.of

    def noted(stage: str) -> Receipt:
        looked.append(stage)
        return receipt_of(stage)

    monkeypatch.setattr(Receipt, "of", noted)

    check_current("parity")

    assert ["parity", "reference", "replay"] == sorted(looked)


def test_check_current__sees_what_changed_below_a_stage_that_two_are_made_from() -> None:
    measure("parity", 3)
    measure("reference", 4)

    with pytest.raises(UserError, match="what `replay` gave is out of date: reference was"):
        check_current("parity")


def test_load_measurement__refuses_another_schema() -> None:
    class Word(BaseModel):
        word: str

    with pytest.raises(UserError, match="cannot be read"):
        load_measurement("replay", Word)
