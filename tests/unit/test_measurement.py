"""A measurement belongs to one receipt and one environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from ml_ci.errors import UserError
from ml_ci.measurement import (
    drop_outdated_receipts,
    load_measurement,
    measurement_path,
    save_measurement,
)
from ml_ci.receipt import Receipt, receipt_path

HERE = {"python": "3.11.7"}


class Numbers(BaseModel):
    """What a stage measured."""

    accuracy: float


@pytest.fixture(autouse=True)
def receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receipt:
    monkeypatch.chdir(tmp_path)
    receipt = Receipt(stage="evaluate", text="inputs")
    save_measurement(receipt, HERE, Numbers(accuracy=0.5))
    receipt.write()
    return receipt


def test_load_measurement__returns_what_was_saved() -> None:
    assert 0.5 == load_measurement("evaluate", Numbers).result.accuracy


def test_load_measurement__refuses_that_of_other_inputs() -> None:
    Receipt(stage="evaluate", text="other inputs").write()

    with pytest.raises(UserError, match="belongs to other inputs than its receipt"):
        load_measurement("evaluate", Numbers)


def test_load_measurement__refuses_a_damaged_file() -> None:
    measurement_path("evaluate").write_text("{")

    with pytest.raises(UserError, match="cannot be read"):
        load_measurement("evaluate", Numbers)


def test_drop_outdated_receipts__keeps_what_was_measured_here() -> None:
    dropped = drop_outdated_receipts({"evaluate": HERE})

    assert ([], True) == (dropped, receipt_path("evaluate").exists())


@pytest.mark.parametrize("damage", ["missing", "garbage", "environment", "inputs"])
def test_drop_outdated_receipts__drops_what_was_not(damage: str) -> None:
    environment = HERE
    match damage:
        case "missing":
            measurement_path("evaluate").unlink()
        case "garbage":
            measurement_path("evaluate").write_text("[]")
        case "environment":
            environment = {"python": "3.12.1"}
        case "inputs":
            Receipt(stage="evaluate", text="other inputs").write()

    dropped = drop_outdated_receipts({"evaluate": environment})

    assert (["evaluate"], False) == (dropped, receipt_path("evaluate").exists())
