"""Answers and images of one checkout, together."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot, save_golden
from ml_ci.base.results import Base
from ml_ci.golden.accepted import golden_state
from ml_ci.golden.changes import golden_changes
from ml_ci.golden.result import GoldenChanges
from ml_ci.params.golden import GoldenSettings
from tests.builders.golden import (
    answers,
    base,
    commit_all,
    golden_entries,
    golden_set,
    manifest_of,
    measured,
    numbers,
    put_manifest,
)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def commit(given: GoldenSnapshot, **images: str) -> str:
    """Commit these answers and the manifest of these images."""
    save_golden(given)
    put_manifest(**images)
    return commit_all()


def found(images: dict[str, str], before: Base | None = None, /, **cat: float) -> GoldenChanges:
    """What a run finds that measures these answers to these images."""
    return golden_changes(
        measured(paths.TRACES, **cat).record,
        manifest_of(golden_set(**images)),
        GoldenSettings(allowed_removals=[]),
        before,
    )


def moved(changes: GoldenChanges) -> list[str]:
    return sorted(move.image for move in changes.answers.moves)


def test_changes__hold_answers_and_images_together() -> None:
    commit(answers(a=0.1))
    before = base(golden_entries(a="one cat"))

    changes = found({}, before, a=0.9)

    assert (golden_state(), 1, 1, None) == (
        changes.state,
        changes.answers.moved,
        changes.images.denied,
        changes.behaviour,
    )


@pytest.mark.parametrize(
    ("images", "cat", "expected"),
    [
        pytest.param({"c": "A cat", "b": "B cat"}, {"c": 0.1, "b": 0.8}, ["c"], id="renamed"),
        pytest.param({"c": "A cat", "b": "B cat"}, {"c": 0.9, "b": 0.8}, [], id="and-the-same"),
        pytest.param({"c": "A dog", "b": "B cat"}, {"c": 0.1, "b": 0.8}, ["c"], id="relabelled"),
        pytest.param({"A": "A cat", "b": "B cat"}, {"A": 0.1, "b": 0.8}, ["A"], id="capital"),
        pytest.param({"a": "B cat", "b": "A cat"}, {"a": 0.8, "b": 0.9}, [], id="swapped"),
        pytest.param(
            {"a": "B cat", "b": "A cat"}, {"a": 0.9, "b": 0.8}, ["a", "b"], id="swapped-and-moved"
        ),
        pytest.param({"b": "A cat", "c": "B cat"}, {"b": 0.9, "c": 0.1}, ["c"], id="moved-up"),
        pytest.param({"a": "new cat", "b": "B cat"}, {"a": 0.1, "b": 0.8}, ["a"], id="replaced"),
    ],
)
def test_changes__an_answer_belongs_to_its_image_whatever_that_is_called(
    images: dict[str, str], cat: dict[str, float], expected: list[str]
) -> None:
    commit(answers(a=0.9, b=0.8), a="A cat", b="B cat")

    assert expected == moved(found(images, None, **cat))


def test_changes__an_image_renamed_in_a_commit_without_a_run_keeps_its_answer() -> None:
    commit(answers(a=0.9), a="A cat")
    put_manifest(c="A cat")
    head = commit_all()
    known = base(put_manifest(c="A cat"), commit=head)

    assert ["c"] == moved(found({"c": "A cat"}, known, c=0.1))


@pytest.mark.parametrize("source", ["committed", "measured"])
def test_changes__a_renamed_image_is_held_against_the_base(source: str) -> None:
    first = commit(answers(a=0.9), a="A cat")
    Path(paths.GOLDEN_JSON).unlink()
    put_manifest(c="A cat")
    commit_all()
    save_golden(answers(c=0.1))
    known = base(
        manifest_of(golden_set(a="A cat")),
        commit=first,
        source=source,
        numbers=numbers(answers(a=0.9)),
    )

    changes = found({"c": "A cat"}, known, c=0.1)

    assert changes.behaviour is not None
    assert (["c"], 1, ["c"]) == (
        moved(changes),
        changes.behaviour.compared,
        [move.image for move in changes.behaviour.moves],
    )


def test_changes__what_the_base_accepted_holds_where_its_numbers_are_missing() -> None:
    first = commit(answers(a=0.9, b=0.9), a="A cat", b="B cat")
    commit(answers(b=0.9), a="A cat", b="B cat")
    known = base(manifest_of(golden_set(a="A cat", b="B cat")), commit=first)

    changes = found({"a": "A cat", "b": "B cat"}, known, a=0.1, b=0.9)

    assert (["a"], 2) == (moved(changes), changes.answers.compared)
