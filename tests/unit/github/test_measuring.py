"""What a step of the measuring workflow is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml_ci.errors import UserError
from ml_ci.github.measuring import read_measuring


def variables(folder: Path, event_name: str = "pull_request", head: Any = None) -> dict[str, str]:
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": head}}), encoding="utf-8")
    return {
        "GITHUB_EVENT_NAME": event_name,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "team/it",
        "GITHUB_RUN_ID": "17",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "RUNNER_TEMP": str(folder),
    }


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param({"repo": {"full_name": "team/it"}}, False, id="same repository"),
        pytest.param({"repo": {"full_name": "stranger/it"}}, True, id="fork"),
        pytest.param({"repo": None}, True, id="deleted fork"),
    ],
)
def test_is_fork(tmp_path: Path, head: Any, expected: bool) -> None:
    assert expected is read_measuring(variables(tmp_path, head=head)).is_fork


def test_is_fork__a_push_is_none(tmp_path: Path) -> None:
    assert not read_measuring(variables(tmp_path, "push")).is_fork


def test_run_url(tmp_path: Path) -> None:
    expected = "https://github.com/team/it/actions/runs/17"
    assert expected == read_measuring(variables(tmp_path, "push")).run_url


def test_steps__in_their_order_without_those_that_did_not_run(tmp_path: Path) -> None:
    told = variables(tmp_path, "push") | {"ML_CI_STEPS": "data=success pull=failure repro="}
    found = read_measuring(told).steps
    assert [("data", "success"), ("pull", "failure")] == list(found.items())


def test_event__that_is_no_pull_request(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the event is no pull request"):
        read_measuring(variables(tmp_path, head=None))


def test_outside_of_a_workflow() -> None:
    with pytest.raises(UserError, match="GITHUB_EVENT_NAME is not set"):
        read_measuring({})
