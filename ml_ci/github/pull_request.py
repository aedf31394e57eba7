"""The pull requests that a run belongs to, by GitHub's own word: owner, branch and head commit."""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.github.api import GitHub, Resource
from ml_ci.github.event import Run

_SHORT = 12  # characters of a commit id that people read


class Repository(Resource):
    """A repository by name."""

    full_name: str


class Head(Resource):
    """The commit a pull request wants to merge."""

    sha: str
    repo: Repository | None = None
    """None when the fork has been deleted."""


class Target(Resource):
    """Where a pull request goes."""

    ref: str
    """A branch."""


class PullRequest(Resource):
    """An open pull request."""

    number: int
    head: Head
    base: Target


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """What a run is about."""

    pull_requests: tuple[PullRequest, ...]
    reason: str
    """Why there is none; empty when there is one."""


def pull_requests_of(github: GitHub, run: Run) -> Belonging:
    """The open pull requests whose head commit the run has measured; several from one branch.

    A number is never taken from what the run says of itself, and what GitHub says of a run has no
    number for a fork.
    """
    if run.head_repository is None:
        return _none("the fork it came from has been deleted")
    if run.head_branch is None:
        return _none("it has no branch")
    head = f"{run.head_repository.owner.login}:{run.head_branch}"
    query = {"state": "open", "head": head}
    # GitHub ignores a filter it cannot read and lists every pull request then: look again
    listed = [
        pull
        for pull in github.all(PullRequest, "{repo}/pulls", query)
        if pull.head.repo is None or pull.head.repo.full_name == run.head_repository.full_name
    ]
    found = tuple(pull for pull in listed if pull.head.sha == run.head_sha)
    if found:
        return Belonging(pull_requests=found, reason="")
    if listed:
        there = ", ".join(sorted({pull.head.sha[:_SHORT] for pull in listed}))
        return _none(f"its commit {run.head_sha[:_SHORT]} is no longer the head, which is {there}")
    return _none(f"there is no open pull request from {head}")


def _none(reason: str) -> Belonging:
    return Belonging(pull_requests=(), reason=reason)
