"""The note beside metrics/golden.json, until it is committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.acceptance import accept_golden, read_acceptance, save_renewed
from ml_ci.artifacts.golden import GoldenSnapshot, save_golden
from tests.builders.golden import NEW, answers, golden_set

IMAGES = golden_set(a="A cat")


@pytest.fixture(autouse=True)
def _accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    accept_golden(answers(a=0.9), IMAGES)


def read() -> GoldenSnapshot:
    return GoldenSnapshot.of_text(paths.GOLDEN_JSON.read_bytes())


def test_accept__writes_the_snapshot_and_notes_it_with_its_images() -> None:
    note = read_acceptance()

    assert note is not None
    assert (answers(a=0.9), answers(a=0.9), IMAGES) == (read(), note.answers, note.images)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: save_golden(answers(a=0.8)), id="another-snapshot"),
        pytest.param(lambda: paths.GOLDEN_JSON.unlink(), id="no-snapshot"),
        pytest.param(lambda: paths.GOLDEN_ACCEPTED.unlink(), id="no-note"),
        pytest.param(lambda: paths.GOLDEN_ACCEPTED.write_text("[]"), id="damaged-note"),
    ],
)
def test_accept__holds_for_that_snapshot_alone(change: Callable[[], object]) -> None:
    change()

    assert None is read_acceptance()


def test_renewed__by_a_run_the_snapshot_keeps_its_note_and_no_more() -> None:
    save_renewed(answers(a=0.9, b=0.8))

    note = read_acceptance()
    assert note is not None
    assert (answers(a=0.9, b=0.8), answers(a=0.9)) == (read(), note.answers)


def test_renewed__with_other_weights_it_has_no_note() -> None:
    save_renewed(answers(NEW, a=0.9))

    assert (answers(NEW, a=0.9), None) == (read(), read_acceptance())
