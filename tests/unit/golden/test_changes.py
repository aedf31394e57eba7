"""What is believed of the snapshot that lies there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import accept_golden, golden_state, save_golden
from ml_ci.golden.changes import find_snapshot, golden_changes
from ml_ci.params.golden import GoldenSettings
from tests.builders.golden import answers, base, golden_entries, measured, record

MEASURED = answers(a=0.9, b=0.3)
NOTHING_ALLOWED = GoldenSettings(allowed_removals=[])


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_find__nothing() -> None:
    found = find_snapshot(record(MEASURED))

    assert (None, "metrics/golden.json is gone") == (found.snapshot, found.problem)


def test_find__damaged() -> None:
    paths.METRICS.mkdir()
    paths.GOLDEN_JSON.write_text("<<<<<<< HEAD")

    found = find_snapshot(record(MEASURED))

    assert (None, "metrics/golden.json cannot be read") == (found.snapshot, found.problem)


def test_find__what_the_run_had_to_repair_is_a_problem() -> None:
    save_golden(MEASURED)

    found = find_snapshot(record(MEASURED, damaged=True, unaccepted=("a", "b")))

    assert "metrics/golden.json could not be read; it was written anew" == found.problem


def test_find__an_own_answer_that_was_replaced_since_is_somebody_s() -> None:
    save_golden(answers(a=0.9, b=0.31))

    found = find_snapshot(record(MEASURED, unaccepted=("a", "b")))

    assert frozenset("a") == found.unaccepted


def test_find__accepted_answers_are_no_longer_the_run_s() -> None:
    accept_golden(MEASURED)

    found = find_snapshot(record(MEASURED, damaged=True, unaccepted=("a", "b")))

    assert ("", frozenset()) == (found.problem, found.unaccepted)


def test_changes__hold_answers_and_images_together() -> None:
    before = base(golden_entries(a="one cat"))
    save_golden(answers(a=0.1))
    here = measured(paths.TRACES, a=0.9).record

    found = golden_changes(here, (), NOTHING_ALLOWED, before)

    assert (golden_state(), 1, 1, None) == (
        found.state,
        found.answers.moved,
        found.images.denied,
        found.behaviour,
    )
