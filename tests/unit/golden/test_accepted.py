"""Which answers count as accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import accept_golden, save_golden
from ml_ci.golden.accepted import find_accepted, golden_state
from tests.builders.golden import answers, commit_all

GIVEN, MINE = answers(a=0.9), answers(a=0.3)


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``GIVEN`` is committed."""
    monkeypatch.chdir(tmp_path)
    save_golden(GIVEN)
    commit_all()


def damage() -> None:
    paths.GOLDEN_JSON.write_text("<<<<<<< HEAD")


def delete() -> None:
    paths.GOLDEN_JSON.unlink()


def test_accepted__is_what_is_committed() -> None:
    save_golden(MINE)

    accepted = find_accepted()

    assert (GIVEN, MINE, "") == (accepted.given, accepted.here, accepted.problem)


def test_accepted__is_what_was_accepted_before_it_is_committed() -> None:
    accept_golden(MINE)

    accepted = find_accepted()

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

    accepted = find_accepted()

    assert (GIVEN, None, problem) == (accepted.given, accepted.here, accepted.problem)


def test_accepted__a_damaged_commit_is_a_problem_until_something_is_accepted() -> None:
    damage()
    commit_all()
    save_golden(MINE)
    before = find_accepted()

    accept_golden(MINE)

    expected = (None, "the committed metrics/golden.json cannot be read", "")
    assert expected == (before.given, before.problem, find_accepted().problem)


def test_accepted__what_a_run_wrote_is_not() -> None:
    delete()
    commit_all()
    save_golden(MINE)

    accepted = find_accepted()

    assert (None, MINE, "") == (accepted.given, accepted.here, accepted.problem)


def test_accepted__without_git_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))

    assert None is find_accepted().given


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: save_golden(MINE), id="the-file"),
        pytest.param(delete, id="no-file"),
        pytest.param(lambda: accept_golden(GIVEN), id="accepted"),
    ],
)
def test_state__changes_with_what_is_looked_at(change: Callable[[], object]) -> None:
    before = golden_state()

    change()

    assert before != golden_state()


def test_state__changes_with_the_commit() -> None:
    save_golden(MINE)
    before = golden_state()

    commit_all()

    assert before != golden_state()
