"""The committed numbers beside the measured ones, from a real commit."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_ci.artifacts.evaluation import Metrics
from ml_ci.artifacts.files import write_json, write_text
from ml_ci.changes.committed import committed_numbers
from ml_ci.changes.pairing import Side
from ml_ci.changes.result import CommittedNumbers
from ml_ci.repository import Repository
from tests.builders.changes import NEW, OLD, answered

NOW = Metrics(
    images=100, accuracy=0.97, macro_f1=0.97, expected_calibration_error=0.03, log_loss=0.2
)


def commit(
    folder: Path, committed: Side, weights: str = OLD, metrics: Mapping[str, float] | None = None
) -> Repository:
    """A repository whose commit says ``committed`` in metrics/."""
    write_json(folder / "metrics/metrics.json", {**NOW.model_dump(), **(metrics or {})})
    rows = [f"{r.image},{r.label},{r.predicted},{r.confidence:.2f}" for r in committed.predictions]
    table = "\n".join(["image,label,predicted,confidence", *rows])
    write_text(folder / "metrics/predictions.csv", table + "\n")
    write_json(
        folder / "metrics/golden.json", {"weights_sha256": weights, "decimals": 6, "images": {}}
    )
    lines = [f"{one.path},{one.sha256},{one.label}," for one in committed.manifest]
    write_text(folder / "data.manifest.csv", "\n".join(["path,sha256,label,witnesses", *lines]))
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "numbers")):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return Repository(folder=folder)


def judged(repository: Repository, now: Side, weights: str = OLD) -> CommittedNumbers:
    head = repository.commit_of("HEAD")
    assert head is not None
    return committed_numbers(repository.files_of(head), NOW, now, weights)


@pytest.mark.parametrize(
    ("counts", "weights", "state", "said"),
    [
        pytest.param({}, OLD, "same", "they are what was measured here", id="same"),
        pytest.param(
            {"broken": 1},
            OLD,
            "differs",
            "with the same weights, 1 of 98 answers are others here",
            id="same-weights",
        ),
        pytest.param(
            {"broken": 2, "fixed": 1},
            NEW,
            "noise",
            "they come from other weights; 3 of 100 answers are others here, no more than chance",
            id="retrained-by-chance",
        ),
        pytest.param(
            {"broken": 9},
            NEW,
            "differs",
            "they come from other weights; 9 of 106 answers are others here, which is worse than "
            "there",
            id="retrained-worse",
        ),
    ],
)
def test_numbers__are_judged_by_weights_and_chance(
    tmp_path: Path, counts: dict[str, int], weights: str, state: str, said: str
) -> None:
    before, after = answered(97, **counts)

    found = judged(commit(tmp_path, before), after, weights)

    assert (state, said) == (found.state, found.sentence)


@pytest.mark.parametrize(
    ("accuracy", "state"),
    [
        pytest.param(0.9701, "same", id="rounding"),
        pytest.param(0.9703, "differs", id="beyond-rounding"),
    ],
)
def test_metrics__of_the_same_weights_may_differ_by_rounding(
    tmp_path: Path, accuracy: float, state: str
) -> None:
    before, after = answered(10)

    assert state == judged(commit(tmp_path, before, metrics={"accuracy": accuracy}), after).state


def test_metrics__that_moved_are_named(tmp_path: Path) -> None:
    before, after = answered(10)

    found = judged(commit(tmp_path, before, metrics={"accuracy": 0.5}), after)

    assert found.sentence.endswith("accuracy 0.5000 there, 0.9700 here")


def test_numbers__that_are_not_there_are_named(tmp_path: Path) -> None:
    before, after = answered(3)
    repository = commit(tmp_path, before)
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git's tree without files

    found = committed_numbers(repository.files_of(empty), NOW, after, OLD)

    assert "there is no metrics/metrics.json" == found.sentence


def test_numbers__about_other_images_differ(tmp_path: Path) -> None:
    before, _ = answered(10)
    _, after = answered(12)

    found = judged(commit(tmp_path, before), after)

    assert ("differs", "they are about other test images, 2 in all") == (
        found.state,
        found.sentence,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("metrics/predictions.csv", "x", id="predictions"),
        pytest.param("metrics/golden.json", "[]", id="golden"),
        pytest.param("metrics/metrics.json", "{", id="metrics"),
        pytest.param("metrics/metrics.json", None, id="gone"),
    ],
)
def test_numbers__that_cannot_be_read_are_missing(
    tmp_path: Path, name: str, text: str | None
) -> None:
    before, after = answered(3)
    repository = commit(tmp_path, before)
    if text is None:
        (tmp_path / name).unlink()
    else:
        write_text(tmp_path / name, text)
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qam", "damage"],
        cwd=tmp_path,
        check=True,
    )

    found = judged(repository, after)

    assert "missing" == found.state
