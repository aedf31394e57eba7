"""Where a pull request leaves the branch it goes to, by GitHub's word."""

from __future__ import annotations

import pytest

from ml_ci.github.api import GitHub
from ml_ci.github.api_error import GitHubError
from ml_ci.github.own_base import OwnBase, own_base
from ml_ci.github.pull_request import PullRequest
from tests.builders.github.discussion import pull_document
from tests.builders.github.state import FakeGitHub, Fault

SHA, BASE = "a" * 40, "d" * 40


def pull(hub: FakeGitHub, branch: str = "main") -> PullRequest:
    made = hub.add_pull(number=1, head="team:topic", sha=SHA, base=branch)
    return PullRequest.model_validate(pull_document(hub, made))


@pytest.mark.parametrize("branch", ["main", "release/1.x", "ünï#a"])
def test_own_base__is_the_merge_base_with_the_branch_it_goes_to(
    hub: FakeGitHub, github: GitHub, branch: str
) -> None:
    hub.merge_bases = {(branch, SHA): BASE, ("other", SHA): "e" * 40}

    assert OwnBase(branch=branch, commit=BASE) == own_base(github, pull(hub, branch))


@pytest.mark.parametrize("status", [404, 422])
def test_own_base__that_github_cannot_tell(hub: FakeGitHub, github: GitHub, status: int) -> None:
    path = "/repos/team/project/compare/"
    hub.faults.append(Fault(method="GET", path=path, status=status, body=b"{}"))

    assert OwnBase(branch="main", commit=None) == own_base(github, pull(hub))


def test_own_base__trouble_of_github_is_no_answer(hub: FakeGitHub, github: GitHub) -> None:
    path = "/repos/team/project/compare/"
    hub.faults += [Fault(method="GET", path=path, status=502)] * 9

    with pytest.raises(GitHubError, match="502"):
        own_base(github, pull(hub))
