"""What has to be measured again: a measurement that was made in another environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.inputs import note_inputs
from ml_ci.data.probes import decoder_probes
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.parity.result import ParityResults
from ml_ci.receipt import Receipt, receipt_path
from ml_ci.stages.outdated import drop_outdated
from ml_ci.trace.layout import TRACE_FILE
from tests.builders.golden import answers, record
from tests.builders.params import PARAMS
from tests.builders.parity import judge
from tests.builders.traces import ladder, write_trace

PIPELINE = """\
stages:
  parity:
    deps: [images]
    outs: [receipts/parity.json: {cache: false}]
"""


@pytest.fixture(autouse=True)
def _measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    Path("dvc.yaml").write_text(PIPELINE)
    Path("images").write_text("golden")
    receipt = Receipt.of("parity")
    environment = this_environment(threads=1, torch=True).as_strings()
    result = judge(target="server", golden=0, images=[], failures=[])
    save_measurement(receipt, environment, ParityResults(targets=(result,)))
    receipt.write()


def test_drop_outdated__keeps_what_was_measured_here() -> None:
    assert {} == drop_outdated()
    assert receipt_path("parity").is_file()


def test_drop_outdated__notices_another_decoder_of_the_same_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = dict(decoder_probes()) | {"probe jpeg 4:2:0": "0" * 16}
    monkeypatch.setattr("ml_ci.environment.decoder_probes", lambda: other)
    assert {"parity": "it was measured in another environment"} == drop_outdated()
    assert not receipt_path("parity").exists()


def test_drop_outdated__notices_that_answers_to_synthetic_tensors_are_gone() -> None:
    Path("dvc.yaml").write_text(PIPELINE.replace("parity", "reference"))
    receipt = Receipt.of("reference")
    environment = this_environment(threads=1, torch=True).as_strings()
    hashes = {}
    for name, folder in (("trace", Path("trace/reference")), ("synthetic", paths.SYNTHETIC)):
        write_trace(folder, {"x": ladder()})
        hashes[f"{name}_sha256"] = sha256_of_file(folder / TRACE_FILE)
    save_measurement(receipt, environment, record(answers(), **hashes))
    note_inputs("reference", receipt.text, [])
    receipt.write()
    assert {} == drop_outdated()

    write_trace(paths.SYNTHETIC, {"y": ladder()})

    reason = "its answers to synthetic tensors are gone or changed"
    assert {"reference": reason} == drop_outdated()
