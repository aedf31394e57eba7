"""The event that starts the commenting workflow, and its environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github import event as seen
from ml_ci.github.environment import read_workflow
from ml_ci.github.event import MEASURING_WORKFLOW, read_run
from tests.builders.github.actions import run_document, run_event
from tests.builders.github.state import FakeGitHub, Run

RUN = Run(id=5, sha="a" * 40, branch="topic")
VARIABLES = {
    "GITHUB_REPOSITORY": "team/project",
    "GITHUB_SERVER_URL": "https://github.test/",
    "GITHUB_API_URL": "https://github.test/api/v3/",
    "GITHUB_EVENT_NAME": "workflow_run",
    "GITHUB_EVENT_PATH": "/event.json",
    "GITHUB_TOKEN": "t0ken",
}


def written(folder: Path, content: object) -> Path:
    path = folder / "event.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_run__as_the_event_has_it(tmp_path: Path) -> None:
    run = read_run("workflow_run", written(tmp_path, run_event(FakeGitHub(), RUN)))

    assert (5, "topic", "a" * 40, 1) == (run.id, run.head_branch, run.head_sha, run.run_attempt)


@pytest.mark.parametrize("revision", ["", "@refs/heads/main", "@main"])
def test_run__workflow_is_its_file(revision: str) -> None:
    document = run_document(FakeGitHub(), RUN)
    document["path"] += revision

    assert MEASURING_WORKFLOW == seen.Run.model_validate(document).workflow


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        pytest.param("push", {}, "the event is push", id="push"),
        pytest.param("workflow_run", {}, "workflow_run: Field required", id="empty"),
        pytest.param("workflow_run", [], "Input should be an object", id="list"),
    ],
)
def test_run__of_another_event(tmp_path: Path, name: str, content: object, why: str) -> None:
    with pytest.raises(UserError) as refused:
        read_run(name, written(tmp_path, content))

    assert why in refused.value.what


def test_run__no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        read_run("workflow_run", tmp_path / "none.json")


def test_workflow__without_slashes_at_the_end() -> None:
    workflow = read_workflow(VARIABLES)

    assert ("https://github.test", "https://github.test/api/v3") == (workflow.server, workflow.api)


def test_workflow__token_is_not_shown() -> None:
    assert "t0ken" not in repr(read_workflow(VARIABLES))


@pytest.mark.parametrize(
    "name", ["GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_TOKEN"]
)
def test_workflow__without(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} is not set"):
        read_workflow({**VARIABLES, name: ""})
