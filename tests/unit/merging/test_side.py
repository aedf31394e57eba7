"""The side to take: the one whose weights fit the merged inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.merging.conflict import Conflict
from ml_ci.merging.side import choose_side, merged_files, take_side, to_make_again
from ml_ci.repository import CommitFiles, Repository
from tests.builders.datasets import put
from tests.builders.packages import (
    OURS,
    THEIRS,
    commit,
    here,
    make_checkout,
    measured,
    write_package,
)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_checkout(tmp_path / "checkout")
    objects = {name: content for name, content in measured(THEIRS).items() if "cache/" in name}
    write_package(tmp_path / "checkout/.dvc", objects)
    monkeypatch.chdir(tmp_path / "checkout")


def side(**changes: bytes) -> CommitFiles:
    """A commit with these files changed, `_` for `.` and `__` for `/`."""
    for name, content in changes.items():
        put(Path(name.replace("__", "/").replace("_", ".")), content)
    return Repository().files_of(commit(Path()))


def conflict(ours: CommitFiles, theirs: CommitFiles) -> Conflict:
    return Conflict(kind="merge", ours=ours, theirs=theirs, base=ours, unmerged=("dvc.lock",))


def merged(found: Conflict) -> CommitFiles:
    return merged_files(found, here()[0])


def locked(weights: bytes) -> bytes:
    return measured(weights)["dvc.lock"]


FIVE = locked(OURS).replace(b'"epochs": 4', b'"epochs": 5')


def test_choose_side__takes_the_incoming_one_when_both_fit() -> None:
    ours, theirs = side(dvc_lock=locked(OURS)), side(dvc_lock=locked(THEIRS))
    found = conflict(ours, theirs)

    assert theirs is choose_side(found, merged(found), here()[1])


@pytest.mark.parametrize("trained", ["ours", "theirs"])
def test_choose_side__takes_the_one_that_trained_for_the_merged_params(trained: str) -> None:
    other = side(dvc_lock=locked(OURS))
    fitting = side(dvc_lock=FIVE, params_yaml=b"train: {epochs: 5}\n")
    ours, theirs = (fitting, other) if trained == "ours" else (other, fitting)
    found = conflict(ours, theirs)

    assert fitting is choose_side(found, merged(found), here()[1])


def test_to_make_again__is_the_training_when_both_changed_its_inputs() -> None:
    ours = side(dvc_lock=locked(OURS))
    theirs = side(dvc_lock=FIVE, params_yaml=b"train: {epochs: 5}\n")
    side(params_yaml=b"train: {epochs: 5}\n", train_py=b"print('otherwise')\n")
    found = conflict(ours, theirs)

    chosen = choose_side(found, merged(found), here()[1])

    assert ["train"] == to_make_again(chosen, merged(found), here()[1])


def test_to_make_again__is_everything_without_a_lock() -> None:
    Path("dvc.lock").unlink()
    without = side(params_yaml=b"train: {epochs: 5}\n")
    found = conflict(without, without)

    assert ["train", "export"] == to_make_again(without, merged(found), here()[1])


def test_choose_side__prefers_weights_that_can_be_had() -> None:
    other = locked(THEIRS).replace(b'.dir"', b'x.dir"')
    ours, theirs = side(dvc_lock=locked(OURS)), side(dvc_lock=other)
    found = conflict(ours, theirs)

    assert ours is choose_side(found, merged(found), here()[1])


def test_take_side__writes_its_lock_and_its_metrics() -> None:
    taken = side(dvc_lock=locked(THEIRS), metrics__metrics_json=b"{}")
    put(Path("dvc.lock"), b"<<<<<<< HEAD\n")
    put(Path("metrics/metrics.json"), b"<<<<<<< HEAD\n")

    take_side(taken)

    assert (locked(THEIRS), b"{}") == (
        Path("dvc.lock").read_bytes(),
        Path("metrics/metrics.json").read_bytes(),
    )
