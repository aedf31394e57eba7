"""drift.yml rehearsed: from a deployed server with another model to the one issue about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.github.server import serving as serving_github
from tests.builders.github.state import BOT, FakeGitHub
from tests.builders.http_server import Received, response, serving
from tests.builders.project import Project
from tests.builders.rehearsal.running import Event, JobRun
from tests.builders.rehearsal.stage import Stage, make_stage

CONFIGURED = {"ML_CI_DEPLOYED_URL": "https://digits.test"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, finished: Project) -> Stage:
    return make_stage(tmp_path_factory.mktemp("drift"), finished)


@pytest.fixture(scope="module")
def requests() -> list[Received]:
    """What the deployed server was sent."""
    return []


@pytest.fixture(scope="module")
def deployed(requests: list[Received]) -> Iterator[str]:
    """A server that names no model, so none of ours."""

    def respond(request: Received) -> bytes:
        requests.append(request)
        return response(b"{}")

    with serving(respond) as url:
        yield url


def started(stage: Stage, url: str | None) -> Event:
    """By its schedule, or by hand with an address."""
    name = "schedule" if url is None else "workflow_dispatch"
    document = {"repository": {"default_branch": "main"}, "inputs": {"url": url} if url else None}
    return Event(name=name, document=document, sha=stage.sha("main"))


@pytest.fixture(scope="module")
def replayed(stage: Stage, deployed: str) -> JobRun:
    """Started by hand with another address than the configured one."""
    return stage.replay_deployed("replay", started(stage, deployed), CONFIGURED)


def test_replay__fails_and_says_why(replayed: JobRun) -> None:
    drift = json.loads(replayed.artifacts["ml-ci-drift"]["drift.json"])
    assert ("failure", "incomplete", True) == (
        replayed.conclusion,
        drift["result"]["verdict"],
        "the server serves another model" in replayed.output("Replay"),
    ), replayed.log


def test_replay__credentials_are_not_for_any_address(
    replayed: JobRun, requests: list[Received]
) -> None:
    assert {None} == {request.authorization for request in requests}
    assert "s3cret" not in replayed.log


def test_replay__is_off_until_there_is_an_address(stage: Stage) -> None:
    assert [] == stage.replay_deployed("off", started(stage, None), {}).steps


def test_issue__is_opened_once(stage: Stage, replayed: JobRun, tmp_path: Path) -> None:
    hub, event = FakeGitHub(), started(stage, None)
    with serving_github(hub, tmp_path) as address:
        runs = [stage.tell_drift(f"issue{n}", address, event, replayed) for n in (1, 2)]

    said = [run.output("Open or update the issue").split()[0] for run in runs]
    opened = [(issue.login, issue.state) for issue in hub.issues]
    assert (["opened", "updated"], [(BOT, "open")]) == (said, opened)


def test_issue__nothing_is_said_of_a_replay_that_was_off(stage: Stage, tmp_path: Path) -> None:
    hub, event = FakeGitHub(), started(stage, None)
    with serving_github(hub, tmp_path) as address:
        off = stage.replay_deployed("off-again", event, {})
        assert [] == stage.tell_drift("issue-off", address, event, off).steps
