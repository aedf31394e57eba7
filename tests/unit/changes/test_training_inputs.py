"""Training inputs: the same or not, by two lock files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.base.pipeline import Read
from ml_ci.changes.training_inputs import same_training_inputs

PIPELINE = b"stages: {train: {cmd: train, deps: [data], outs: [trained]}}"
LOCK = """\
stages:
  train:
    cmd: train
    deps:
    - {path: data, md5: aaaa}
    - {path: receipts/validate.json, md5: bbbb}
    params: {params.yaml: {train.epochs: 4}}
    outs:
    - {path: trained, md5: cccc}
"""


def commit(lock: str | None = LOCK) -> Read:
    files = {"dvc.yaml": PIPELINE, "dvc.lock": None if lock is None else lock.encode()}
    return lambda path: files.get(Path(path).as_posix())


@pytest.mark.parametrize(
    ("lock", "same"),
    [
        pytest.param(LOCK, True, id="same"),
        pytest.param(LOCK.replace("cccc", "dddd"), True, id="weights"),
        pytest.param(LOCK.replace("bbbb", "dddd"), True, id="receipt-of-validate"),
        pytest.param(LOCK.replace("aaaa", "dddd"), False, id="data"),
        pytest.param(LOCK.replace("epochs: 4", "epochs: 5"), False, id="setting"),
        pytest.param(LOCK.replace("cmd: train", "cmd: other"), False, id="command"),
        pytest.param("stages: {}", False, id="not-locked"),
        pytest.param(None, False, id="no-lock"),
    ],
)
def test_inputs__are_command_settings_and_dependencies(lock: str | None, same: bool) -> None:
    assert same == same_training_inputs(commit(), commit(lock))


def test_inputs__that_neither_side_knows_are_not_the_same() -> None:
    assert not same_training_inputs(commit(None), commit(None))
