"""The choice of the base: the merge base with the branch that a change goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.repository import Repository

BASE_VARIABLE = "ML_CI_BASE"
"""Environment variable: the revision to compare with, where the default branch is not meant."""
NAME_VARIABLE = "ML_CI_BASE_BRANCH"
"""Environment variable: what people call that revision where it is given as a commit."""
SHOWN = 10  # characters of a commit's name that people are shown
# Where a clone knows its default branch; the first that there is counts.
_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
# What a run of the pipeline writes itself; the base must not move while one is at work.
_WRITTEN_BY_RUNS = (paths.LOCK.as_posix(), f"{paths.METRICS.as_posix()}/")
_NO_COMMIT = re.compile(r"0*")  # how GitHub names what was there before a branch was made


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The commit to compare with."""

    commit: str
    branch: str
    """The branch, or the revision, it is the merge base with."""
    behind: int
    """Commits the branch has and the checkout has not."""
    ahead: int
    """Commits the checkout has beyond the base."""
    sentence: str
    """Why this commit, in plain words."""
    note: str
    """What was asked for and is not there; empty when all is well. Part of the sentence."""


@dataclass(frozen=True, kw_only=True)
class NoBase:
    """There is nothing to compare with."""

    sentence: str
    """Why, and what to do if there should be."""
    note: str
    """What was asked for and is not there; empty when all is well. Part of the sentence."""


@dataclass(frozen=True, kw_only=True)
class _Branch:
    commit: str
    name: str
    note: str
    """What was asked for first and is not there; empty when all is well."""


def choose_base(repository: Repository, environment: Mapping[str, str]) -> Chosen | NoBase:
    """The merge base of the checkout and the revision in ML_CI_BASE, else the default branch.

    Where that is the checked-out commit itself: that commit when tracked files differ from it, else
    the commit before it.
    """
    head = repository.commit_of("HEAD")
    if head is None:
        return _none("there is no commit to compare with: git knows none here")
    branch = _branch(repository, environment)
    if isinstance(branch, NoBase):
        return branch
    found = repository.merge_base(head, branch.commit)
    if found is None:
        return _none(_unrelated(repository, branch), branch.note)
    if found != head:
        return _chosen(repository, found, branch, f"where it left {branch.name}")
    if is_changed(repository):
        return _chosen(
            repository, head, branch, "the checked-out commit, which the checkout changes"
        )
    parent = repository.first_parent(head)
    if parent is None:
        return _none(_no_parent(repository), branch.note)
    why = f"the commit before this one, which is part of {branch.name}"
    return _chosen(repository, parent, branch, why)


def is_changed(repository: Repository) -> bool:
    """Whether tracked files differ from the checked-out commit, those a run writes left aside."""
    return any(not name.startswith(_WRITTEN_BY_RUNS) for name in repository.changed())


def _branch(repository: Repository, environment: Mapping[str, str]) -> _Branch | NoBase:
    asked = environment.get(BASE_VARIABLE, "")
    commit = repository.commit_of(asked)
    if commit is not None:
        called = environment.get(NAME_VARIABLE) or asked[:SHOWN]
        name = called if commit == asked else asked
        return _Branch(commit=commit, name=name, note="")
    note = _note(asked)
    for revision in _DEFAULT_BRANCHES:
        commit = repository.commit_of(revision)
        if commit is not None:
            return _Branch(commit=commit, name=repository.short_name(revision), note=note)
    known = ", ".join(_DEFAULT_BRANCHES)
    return _none(
        f"this clone knows no default branch ({known}); {BASE_VARIABLE} can name one", note
    )


def _note(asked: str) -> str:
    if not asked:
        return ""
    if _NO_COMMIT.fullmatch(asked):
        return f"{BASE_VARIABLE} is all zeros: there was no commit before"
    return f"{BASE_VARIABLE} is {asked[:SHOWN]}, which this clone does not know"


def _chosen(repository: Repository, commit: str, branch: _Branch, why: str) -> Chosen:
    return Chosen(
        commit=commit,
        branch=branch.name,
        behind=repository.count("HEAD", branch.commit),
        ahead=repository.count(commit, "HEAD"),
        sentence=_with(branch.note, why),
        note=branch.note,
    )


def _none(why: str, note: str = "") -> NoBase:
    return NoBase(sentence=_with(note, why), note=note)


def _with(note: str, why: str) -> str:
    return f"{why} ({note})" if note else why


def _unrelated(repository: Repository, branch: _Branch) -> str:
    if repository.is_shallow():
        return (
            f"this clone is too shallow to hold the merge base with {branch.name}: fetch with "
            "history (`git fetch --unshallow`; `fetch-depth: 0` of actions/checkout)"
        )
    return f"the checkout and {branch.name} have no commit in common"


def _no_parent(repository: Repository) -> str:
    if repository.is_shallow():
        return (
            "this clone is too shallow to hold the commit before this one: fetch with history "
            "(`git fetch --unshallow`; `fetch-depth: 0` of actions/checkout)"
        )
    return "this is the first commit: there is none before it"
