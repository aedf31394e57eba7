"""Which commit is the base, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.base.choosing import BASE_VARIABLE, NAME_VARIABLE, Chosen, NoBase, choose_base
from tests.builders.repositories import SmallRepository, small_repository

SHALLOW = "fetch with history (`git fetch --unshallow`; `fetch-depth: 0` of actions/checkout)"
ZEROS = "0" * 40


@pytest.fixture
def repository(tmp_path: Path) -> SmallRepository:
    """`main` with two commits."""
    repository = small_repository(tmp_path / "repository")
    repository.commit({"code.py": "1"})
    repository.commit({"code.py": "2"})
    return repository


def chosen(repository: SmallRepository, asked: str = "", **named: str) -> Chosen:
    variables = {BASE_VARIABLE: asked} if asked else {}
    found = choose_base(repository.seen, {**variables, **named})
    assert isinstance(found, Chosen), found
    return found


def refused(repository: SmallRepository, asked: str = "") -> str:
    found = choose_base(repository.seen, {BASE_VARIABLE: asked} if asked else {})
    assert isinstance(found, NoBase), found
    return found.sentence


def branched(repository: SmallRepository) -> str:
    """A branch of two commits, and three more on `main`; returns where they part."""
    fork = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"change.py": "1"})
    repository.git("checkout", "--quiet", "main")
    for number in range(3):
        repository.commit({"other.py": str(number)})
    repository.git("checkout", "--quiet", "change")
    repository.commit({"change.py": "2"})
    return fork


def test_choose_base__on_a_branch_is_where_it_left_the_default_branch(
    repository: SmallRepository,
) -> None:
    fork = branched(repository)

    expected = Chosen(
        commit=fork, branch="main", behind=3, ahead=2, sentence="where it left main", note=""
    )
    assert expected == chosen(repository)


def test_choose_base__prefers_what_was_fetched_to_the_local_branch(
    repository: SmallRepository, tmp_path: Path
) -> None:
    clone = repository.clone(tmp_path / "clone")
    clone.commit({"code.py": "3"})

    found = chosen(clone)

    assert (repository.git("rev-parse", "HEAD"), "origin/main") == (found.commit, found.branch)


def test_choose_base__on_the_default_branch_is_the_commit_before(
    repository: SmallRepository,
) -> None:
    found = chosen(repository)

    expected = (
        repository.git("rev-parse", "HEAD~1"),
        "the commit before this one, which is part of main",
    )
    assert expected == (found.commit, found.sentence)


def test_choose_base__of_a_changed_checkout_is_the_commit_itself(
    repository: SmallRepository,
) -> None:
    (repository.folder / "code.py").write_text("3")

    found = chosen(repository)

    expected = (repository.git("rev-parse", "HEAD"), 0)
    assert expected == (found.commit, found.ahead)


@pytest.mark.parametrize("written", ["dvc.lock", "metrics/metrics.json"])
def test_choose_base__does_not_move_with_what_a_run_writes(
    repository: SmallRepository, written: str
) -> None:
    repository.commit({written: "old"})
    (repository.folder / written).write_text("new")

    assert repository.git("rev-parse", "HEAD~1") == chosen(repository).commit


def test_choose_base__of_a_merged_pull_request_is_the_branch_before_it(
    repository: SmallRepository,
) -> None:
    branched(repository)
    repository.git("checkout", "--quiet", "main")
    before = repository.git("rev-parse", "HEAD")
    repository.git("merge", "--quiet", "--no-edit", "change")

    assert before == chosen(repository).commit


def test_choose_base__that_is_asked_for_is_shown_shortened(repository: SmallRepository) -> None:
    fork = branched(repository)
    tip = repository.git("rev-parse", "main")

    found = chosen(repository, tip)

    assert (fork, tip[:10], 3) == (found.commit, found.branch, found.behind)


def test_choose_base__asked_for_by_name(repository: SmallRepository) -> None:
    repository.git("tag", "release", "HEAD~1")

    found = chosen(repository, "release")

    expected = (repository.git("rev-parse", "release"), "where it left release")
    assert expected == (found.commit, found.sentence)


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        pytest.param(ZEROS, "is all zeros: there was no commit before", id="new-branch"),
        pytest.param("ab" * 20, "is ababababab, which this clone does not know", id="unknown"),
        pytest.param("--all", "is --all, which this clone does not know", id="an-option"),
    ],
)
def test_choose_base__asked_for_in_vain_is_said(
    repository: SmallRepository, asked: str, note: str
) -> None:
    fork = branched(repository)

    found = chosen(repository, asked)

    said = f"{BASE_VARIABLE} {note}"
    assert (fork, f"where it left main ({said})", said) == (
        found.commit,
        found.sentence,
        found.note,
    )


def test_choose_base__asked_for_by_commit_has_the_name_that_goes_with_it(
    repository: SmallRepository,
) -> None:
    branched(repository)
    tip = repository.git("rev-parse", "main")

    found = chosen(repository, tip, **{NAME_VARIABLE: "release"})

    assert ("release", "where it left release") == (found.branch, found.sentence)


@pytest.mark.parametrize("asked", ["", "main"], ids=["nothing-asked", "asked-by-name"])
def test_choose_base__has_that_name_for_no_other(repository: SmallRepository, asked: str) -> None:
    branched(repository)

    assert "main" == chosen(repository, asked, **{NAME_VARIABLE: "release"}).branch


def test_choose_base__asked_for_in_vain_is_said_where_there_is_none(
    repository: SmallRepository,
) -> None:
    repository.git("branch", "--quiet", "--move", "trunk")

    found = choose_base(repository.seen, {BASE_VARIABLE: "gone"})

    said = f"{BASE_VARIABLE} is gone, which this clone does not know"
    assert (True, said) == (found.sentence.endswith(f" ({said})"), found.note)


def test_choose_base__without_a_default_branch(repository: SmallRepository) -> None:
    repository.git("branch", "--quiet", "--move", "trunk")

    expected = (
        "this clone knows no default branch (origin/HEAD, origin/main, origin/master, main, "
        f"master); {BASE_VARIABLE} can name one"
    )
    assert expected == refused(repository)


def test_choose_base__of_the_first_commit(tmp_path: Path) -> None:
    repository = small_repository(tmp_path)
    repository.commit({"code.py": "1"})

    assert "this is the first commit: there is none before it" == refused(repository)


@pytest.mark.parametrize("made", [True, False], ids=["no-commit", "no-repository"])
def test_choose_base__without_history(tmp_path: Path, made: bool) -> None:
    repository = small_repository(tmp_path) if made else SmallRepository(folder=tmp_path)

    expected = "there is no commit to compare with: git knows none here"
    assert expected == refused(repository)


def test_choose_base__in_a_clone_too_shallow_for_the_commit_before(
    repository: SmallRepository, tmp_path: Path
) -> None:
    clone = repository.clone(tmp_path / "clone", "--depth=1")

    expected = f"this clone is too shallow to hold the commit before this one: {SHALLOW}"
    assert expected == refused(clone)


def test_choose_base__in_a_clone_too_shallow_for_the_merge_base(
    repository: SmallRepository, tmp_path: Path
) -> None:
    branched(repository)
    options = ("--depth=1", "--no-single-branch", "--branch=change")
    clone = repository.clone(tmp_path / "clone", *options)

    told = refused(clone, "origin/main")

    assert f"this clone is too shallow to hold the merge base with origin/main: {SHALLOW}" == told


def test_choose_base__of_unrelated_histories(repository: SmallRepository) -> None:
    repository.git("checkout", "--quiet", "--orphan", "island")
    repository.commit({"code.py": "9"})

    assert "the checkout and main have no commit in common" == refused(repository)
