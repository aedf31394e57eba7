"""Which pull requests a run belongs to."""

from __future__ import annotations

import pytest

from ml_ci.github.api import GitHub
from ml_ci.github.event import Run
from ml_ci.github.pull_request import Belonging, pull_requests_of
from tests.builders.github.actions import run_document
from tests.builders.github.state import FakeGitHub

SHA, NEWER = "a" * 40, "c" * 40


def belonging(hub: FakeGitHub, github: GitHub, **run: object) -> Belonging:
    values = {"sha": SHA, "branch": "topic", **run}
    document = run_document(hub, hub.add_run(**values))
    return pull_requests_of(github, Run.model_validate(document))


def numbers(found: Belonging) -> list[int]:
    return [pull.number for pull in found.pull_requests]


def test_run__of_the_head(hub: FakeGitHub, github: GitHub) -> None:
    hub.add_pull(number=1, head="team:topic", sha=SHA)
    hub.add_pull(number=2, head="team:other", sha=SHA)

    assert [1] == numbers(belonging(hub, github))


def test_run__of_a_fork(hub: FakeGitHub, github: GitHub) -> None:
    hub.add_pull(number=1, head="team:topic", sha=SHA)
    hub.add_pull(number=2, head="guest:topic", sha=SHA, fork="guest/project")

    found = belonging(hub, github, owner="guest", repository="guest/project")

    assert [2] == numbers(found)


def test_run__two_pull_requests_from_one_branch(hub: FakeGitHub, github: GitHub) -> None:
    hub.add_pull(number=1, head="team:topic", sha=SHA)
    hub.add_pull(number=2, head="team:topic", sha=SHA, base="release")

    assert [1, 2] == numbers(belonging(hub, github))


def test_run__branch_with_any_name(hub: FakeGitHub, github: GitHub) -> None:
    branch = "feat/a&state=all#ünï"
    hub.add_pull(number=1, head=f"team:{branch}", sha=SHA)

    assert [1] == numbers(belonging(hub, github, branch=branch))


def test_run__filter_that_github_ignores(hub: FakeGitHub, github: GitHub) -> None:
    """A branch of the same name in another fork, listed all the same."""
    hub.add_pull(number=1, head="team:topic", sha=SHA, fork="other/project")

    assert [] == numbers(belonging(hub, github))


@pytest.mark.parametrize(
    ("pull", "run", "reason"),
    [
        pytest.param(
            {"sha": NEWER},
            {},
            "its commit aaaaaaaaaaaa is no longer the head, which is cccccccccccc",
            id="head-moved",
        ),
        pytest.param(
            {"sha": SHA, "state": "closed"},
            {},
            "there is no open pull request from team:topic",
            id="closed",
        ),
        pytest.param(
            {"sha": SHA, "fork": None},
            {"repository": None},
            "the fork it came from has been deleted",
            id="deleted-fork",
        ),
        pytest.param({"sha": SHA}, {"branch": None}, "it has no branch", id="no-branch"),
    ],
)
def test_run__belongs_to_none(
    hub: FakeGitHub, github: GitHub, pull: dict[str, str], run: dict[str, object], reason: str
) -> None:
    hub.add_pull(number=1, head="team:topic", **pull)

    assert Belonging(pull_requests=(), reason=reason) == belonging(hub, github, **run)
