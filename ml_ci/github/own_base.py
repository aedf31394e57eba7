"""The own base of a pull request: where it leaves the branch it goes to, by GitHub's word.

Two pull requests from one branch have one head commit and may go to different branches. A run
measures against one of them, and its report is posted to both.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ml_ci.artifacts.bounds import Commit
from ml_ci.github.api import GitHub, Resource
from ml_ci.github.api_error import GitHubError
from ml_ci.github.pull_request import PullRequest

_NOT_THERE = (404, 422)  # no common commit, or a branch that is gone: GitHub has no answer


@dataclass(frozen=True, kw_only=True)
class OwnBase:
    """What a pull request should be compared with."""

    branch: str
    commit: str | None
    """None when GitHub cannot tell."""


class _MergeBase(Resource):
    sha: Commit


class _Comparison(Resource):
    merge_base_commit: _MergeBase


def own_base(github: GitHub, pull: PullRequest) -> OwnBase:
    """The merge base of its head with the branch it goes to, as that is now."""
    branch = pull.base.ref
    path = f"{{repo}}/compare/{quote(branch)}...{pull.head.sha}"
    try:
        found = github.get(_Comparison, path, {"per_page": 1})  # of its commits, which nobody reads
    except GitHubError as error:
        if error.status not in _NOT_THERE:
            raise
        return OwnBase(branch=branch, commit=None)
    return OwnBase(branch=branch, commit=found.merge_base_commit.sha)
