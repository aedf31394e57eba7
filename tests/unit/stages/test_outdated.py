"""What has to be measured again: a measurement that was made in another environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.data.probes import decoder_probes
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.parity.result import ParityResults
from ml_ci.receipt import Receipt, receipt_path
from ml_ci.stages.outdated import drop_outdated
from tests.builders.params import PARAMS
from tests.builders.parity import judge

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
