"""The test set for targets is the one that `evaluate` measured, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.inputs import note_inputs
from ml_ci.errors import UserError
from ml_ci.measurement import save_measurement
from ml_ci.receipt import Receipt
from ml_ci.stages.labelled import labelled_test_set
from tests.builders.datasets import put
from tests.builders.golden import answers, record

PIPELINE = """\
stages:
  evaluate:
    deps: [data/test]
    outs: [receipts/evaluate.json: {cache: false}]
"""
PREDICTIONS = "image,label,predicted,confidence\ncat/a.png,cat,dog,0.51\ndog/b.png,dog,dog,0.99\n"


@pytest.fixture(autouse=True)
def _evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two test images and what `evaluate` leaves of them."""
    monkeypatch.chdir(tmp_path)
    put(Path("params.yaml"), b"{}\n")
    put(Path("dvc.yaml"), PIPELINE.encode())
    put(Path("data/test/cat/a.png"), b"a")
    put(Path("data/test/dog/b.png"), b"b")
    put(paths.PREDICTIONS_CSV, PREDICTIONS.encode())
    receipt = Receipt.of("evaluate")
    note_inputs("evaluate", receipt.text, [paths.PREDICTIONS_CSV])
    save_measurement(receipt, {}, record(answers()))
    receipt.write()


def test_set__is_what_the_script_answered() -> None:
    found = labelled_test_set()

    assert [("cat/a.png", "cat", b"a"), ("dog/b.png", "dog", b"b")] == [
        (one.name, one.label, one.read()) for one in found.images
    ]
    assert {"cat/a.png": "dog", "dog/b.png": "dog"} == {
        name: one.predicted for name, one in found.script.items()
    }
    assert 0.005 == found.rounded_by


def test_set__with_predictions_of_another_run_is_refused() -> None:
    put(paths.PREDICTIONS_CSV, PREDICTIONS.replace("0.51", "0.52").encode())

    with pytest.raises(UserError, match="are not those of the last evaluation"):
        labelled_test_set()


def test_set__that_has_changed_since_is_refused() -> None:
    put(Path("data/test/cat/c.png"), b"c")

    with pytest.raises(UserError, match="its inputs have changed since"):
        labelled_test_set()
