"""Which answers count as accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.acceptance import accept_golden
from ml_ci.artifacts.golden import save_golden
from ml_ci.golden.accepted import find_accepted, golden_state
from tests.builders.golden import answers, commit_all, golden_set, put_manifest

GIVEN, MINE = answers(a=0.9), answers(a=0.3)
IMAGES = golden_set(a="A cat")


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``GIVEN`` is committed."""
    monkeypatch.chdir(tmp_path)
    save_golden(GIVEN)
    put_manifest(a="A cat")
    commit_all()


def damage() -> None:
    paths.GOLDEN_JSON.write_text("<<<<<<< HEAD")


def delete() -> None:
    paths.GOLDEN_JSON.unlink()


def test_accepted__is_what_is_committed() -> None:
    save_golden(MINE)

    accepted = find_accepted(IMAGES)

    assert (GIVEN, MINE, "") == (accepted.given, accepted.here, accepted.problem)


def test_accepted__is_what_was_accepted_before_it_is_committed() -> None:
    accept_golden(MINE, IMAGES)

    accepted = find_accepted(IMAGES)

    assert (MINE, MINE, "") == (accepted.given, accepted.here, accepted.problem)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(delete, "metrics/golden.json is gone", id="gone"),
        pytest.param(damage, "metrics/golden.json cannot be read", id="damaged"),
    ],
)
def test_accepted__a_file_that_is_gone_is_a_problem(
    change: Callable[[], None], problem: str
) -> None:
    change()

    accepted = find_accepted(IMAGES)

    assert (GIVEN, None, problem) == (accepted.given, accepted.here, accepted.problem)


def test_accepted__a_damaged_commit_is_a_problem_until_something_is_accepted() -> None:
    damage()
    commit_all()
    save_golden(MINE)
    before = find_accepted(IMAGES)

    accept_golden(MINE, IMAGES)

    expected = (None, "the committed metrics/golden.json cannot be read", "")
    assert expected == (before.given, before.problem, find_accepted(IMAGES).problem)


def test_accepted__what_a_run_wrote_is_not() -> None:
    delete()
    commit_all()
    save_golden(MINE)

    accepted = find_accepted(IMAGES)

    assert (None, MINE, "") == (accepted.given, accepted.here, accepted.problem)


RENAMED = golden_set(c="A cat")


def test_accepted__what_is_committed_goes_by_todays_names() -> None:
    accepted = find_accepted(RENAMED)

    assert (answers(c=0.9), answers(c=0.9)) == (accepted.given, accepted.here)


def test_accepted__what_was_accepted_goes_by_todays_names() -> None:
    accept_golden(MINE, IMAGES)

    assert answers(c=0.3) == find_accepted(RENAMED).given


def test_accepted__what_is_committed_holds_for_what_was_not_there_when_it_was_accepted() -> None:
    """An image that was taken out, and came back."""
    save_golden(answers(a=0.9, b=0.8))
    put_manifest(a="A cat", b="B cat")
    commit_all()
    accept_golden(MINE, IMAGES)

    accepted = find_accepted(golden_set(a="A cat", b="B cat"))

    assert (MINE, answers(a=0.9, b=0.8)) == accepted.earlier


def test_accepted__without_git_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))

    assert None is find_accepted(IMAGES).given


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: save_golden(MINE), id="the-file"),
        pytest.param(delete, id="no-file"),
        pytest.param(lambda: accept_golden(GIVEN, IMAGES), id="accepted"),
    ],
)
def test_state__changes_with_what_is_looked_at(change: Callable[[], object]) -> None:
    before = golden_state()

    change()

    assert before != golden_state()


def test_state__changes_with_what_the_committed_names_mean() -> None:
    before = golden_state()
    put_manifest(a="B cat")
    save_golden(MINE)
    commit_all()
    save_golden(GIVEN)
    commit_all()

    assert before != golden_state()


def test_state__changes_with_the_commit() -> None:
    save_golden(MINE)
    before = golden_state()

    commit_all()

    assert before != golden_state()
