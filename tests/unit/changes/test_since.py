"""Everything together, in a real repository with a real commit as the base."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.base.results import Base
from ml_ci.changes.result import Changes
from ml_ci.changes.since import Measured, changes_since
from ml_ci.repository import Repository
from tests.builders.changes import NEW, OLD, answered, base, entry, numbers, prediction, side
from tests.builders.reports import evaluation

LOCK = "stages: {train: {cmd: train, deps: [{path: data, md5: aa}], outs: []}}\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """One commit with a pipeline and its lock."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "dvc.yaml").write_text("stages: {train: {cmd: train}}\n", encoding="utf-8")
    (folder / "dvc.lock").write_text(LOCK, encoding="utf-8")
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "base")):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return Repository(folder=folder)


@pytest.fixture
def checkout(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(repository.folder)
    return repository.folder


def measured(predictions: tuple[Prediction, ...] = (), **changed: Any) -> Measured:
    before, _ = answered(3)
    content: dict[str, Any] = {
        "evaluation": evaluation(),
        "predictions": predictions or before.predictions,
        "manifest": before.manifest,
        "own": changed.get("manifest", before.manifest),
        "params": {},
        "stages": {"train": {}},
        "weights_sha256": NEW,
        "model_bytes": 10,
        "bins": 10,
        **changed,
    }
    return Measured(**content)


def of_commit(repository: Repository, **changed: Any) -> Base:
    """The base is the one commit there is; its answers are those of now."""
    before, _ = answered(3)
    return base(
        numbers(before.predictions),
        commit=repository.commit_of("HEAD"),
        manifest=before.manifest,
        **changed,
    )


def changes(repository: Repository, given: Base | None, now: Measured) -> Changes:
    return changes_since(given, now, repository, None)


@pytest.mark.usefixtures("checkout")
def test_changes__without_a_base_are_about_now_alone(repository: Repository) -> None:
    found = changes(repository, None, measured())

    assert (None, False, (), 0, None) == (
        found.paired,
        found.expected,
        found.params,
        found.data_changed,
        found.committed,
    )


@pytest.mark.usefixtures("checkout")
def test_changes__of_a_base_without_numbers_are_settings_and_images(
    repository: Repository,
) -> None:
    given = base(params={"a": 1}, manifest=(entry("test/cat/9.png", "cat"),))

    found = changes(repository, given, measured(params={"a": 2}))

    assert (None, 1, 4) == (found.paired, found.params_changed, found.data_changed)


@pytest.mark.usefixtures("checkout")
def test_changes__of_equal_sides_are_none(repository: Repository) -> None:
    found = changes(repository, of_commit(repository), measured(weights_sha256=OLD))

    assert found.paired is not None
    assert (3, "same", (), 0, False) == (
        found.paired.images,
        found.paired.verdict,
        found.flips,
        found.data_changed,
        found.expected,
    )


@pytest.mark.usefixtures("checkout")
def test_changes__do_not_blame_what_a_public_subset_leaves_out(repository: Repository) -> None:
    given = of_commit(repository)
    few = given.manifest[:1]

    found = changes(repository, given, measured(manifest=few, own=given.manifest))

    assert found.paired is not None
    assert (0, 1) == (found.data_changed, found.paired.images)


@pytest.mark.parametrize(
    ("lock", "weights", "expected"),
    [
        pytest.param(LOCK, NEW, True, id="trained-again"),
        pytest.param(LOCK, OLD, False, id="same-weights"),
        pytest.param(LOCK.replace("aa", "bb"), NEW, False, id="other-data"),
    ],
)
def test_movement__is_expected_of_other_weights_from_the_same_inputs(
    repository: Repository, checkout: Path, lock: str, weights: str, expected: bool
) -> None:
    (checkout / "dvc.lock").write_text(lock, encoding="utf-8")

    found = changes(repository, of_commit(repository), measured(weights_sha256=weights))

    (checkout / "dvc.lock").write_text(LOCK, encoding="utf-8")
    assert expected == found.expected


@pytest.mark.usefixtures("checkout")
def test_confusions__are_the_most_frequent_first_beside_the_base(repository: Repository) -> None:
    wrong = [prediction(f"cat/{n}.png", "cat", "dog") for n in range(2)]
    now = side(*wrong, prediction("cat/2.png", "cat", "eel"))
    before = [prediction(f"cat/{n}.png", "cat", "eel") for n in range(3)]
    given = base(numbers(before), manifest=now.manifest)

    found = changes(repository, given, measured(tuple(now.predictions), manifest=now.manifest))

    assert [("cat", "dog", 2, 0), ("cat", "eel", 1, 3)] == [
        (one.label, one.predicted, one.images, one.base) for one in found.confusions
    ]


@pytest.mark.usefixtures("checkout")
def test_confusions__of_other_test_images_are_not_held_against_the_base(
    repository: Repository,
) -> None:
    now = side(prediction("cat/0.png", "cat", "dog"))
    before = side(*now.predictions, prediction("cat/1.png", "cat", "dog"))
    given = base(numbers(before.predictions), manifest=before.manifest)

    found = changes(repository, given, measured(tuple(now.predictions), manifest=now.manifest))

    assert [(1, None)] == [(one.images, one.base) for one in found.confusions]


@pytest.mark.usefixtures("checkout")
def test_committed__numbers_of_a_clean_commit_are_looked_at(repository: Repository) -> None:
    found = changes_since(None, measured(), repository, repository.commit_of("HEAD"))

    assert found.committed is not None
    assert ("missing", "there is no metrics/metrics.json") == (
        found.committed.state,
        found.committed.sentence,
    )
