"""Several targets in one run: each has its verdict, and none loses or hides another's."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ml_ci.artifacts import paths
from ml_ci.engines.process import ProcessEngine
from tests.builders.http_server import Received, response, serving
from tests.builders.project import Project, Run

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cret-of-staging"  # noqa: S105
TARGETS = """\
  staging:
    kind: http
    url: {url}
    protocol: {{kind: ml-ci, trace: false}}
    headers: {{Authorization: ML_CI_STAGING_TOKEN}}
    tolerances: {{}}
    expected: []
  phone: {{kind: dump, tolerances: {{}}, expected: []}}
  gone: {{kind: http, url: "http://127.0.0.1:9", protocol: {{kind: ml-ci, trace: false}}, \
headers: {{}}, tolerances: {{}}, expected: []}}
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """After one run."""

    run: Run
    report: dict[str, Any]
    comment: str
    asked: int

    def parity(self) -> dict[str, dict[str, Any]]:
        """By target."""
        return {result["target"]: result for result in self.report["parity"]}


@dataclass(frozen=True, kw_only=True)
class History:
    """What was seen, in this order."""

    project: Project
    without_token: Run
    asked_without_token: int
    first: Seen
    second: Seen
    moved: Seen


class Staging:
    """The server of the project behind somebody who asks for a token, and may change answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked = 0
        self.moved = False

    def respond(self, request: Received) -> bytes:
        """What is sent."""
        self.asked += 1
        if request.authorization != f"Bearer {SECRET}":
            return response(f"you sent {request.authorization}".encode(), status="401 No")
        method = "POST" if request.body else "GET"
        headers = {"content-type": "application/json"}
        answer = httpx.request(
            method, self.url + request.path, content=request.body, headers=headers, trust_env=False
        )
        content = answer.content
        if self.moved and method == "POST":
            document = json.loads(content)
            document["predictions"][0]["probabilities"][0] += 0.25
            content = json.dumps(document).encode()
        return response(content)


@pytest.fixture(scope="module")
def history(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> History:
    """All of it, once."""
    project = finished.copy(tmp_path_factory.mktemp("targets") / "repository")
    shutil.copytree(project.folder / "trace/onnx", project.folder / "dumps/phone")
    environments = ROOT / paths.STATE / "serving-env"
    engine = ProcessEngine(
        environments=environments, ready_seconds=30.0, stop_seconds=5.0, trace=False
    )
    with engine.running(project.folder / paths.BUILD_CONTEXT) as server:
        staging = Staging(server.url)
        with serving(staging.respond) as url, pytest.MonkeyPatch.context() as patch:
            project.edit(
                "params.yaml",
                lambda text: text.replace("\ngolden:", f"{TARGETS.format(url=url)}\ngolden:", 1),
            )
            patch.delenv("ML_CI_STAGING_TOKEN", raising=False)
            without_token = project.ml_ci("repro")
            asked_without_token = staging.asked
            patch.setitem(os.environ, "ML_CI_STAGING_TOKEN", f"Bearer {SECRET}")
            first = seen(project, staging)
            second = seen(project, staging)
            staging.moved = True
            moved = seen(project, staging)
    return History(
        project=project,
        without_token=without_token,
        asked_without_token=asked_without_token,
        first=first,
        second=second,
        moved=moved,
    )


def seen(project: Project, staging: Staging) -> Seen:
    before, run = staging.asked, project.ml_ci("repro")
    return Seen(
        run=run,
        report=json.loads((project.folder / "reports/report.json").read_text(encoding="utf-8")),
        comment=(project.folder / "reports/parity.md").read_text(encoding="utf-8"),
        asked=staging.asked - before,
    )


def test_repro__without_the_token_sends_nothing(history: History) -> None:
    run = history.without_token

    assert (2, 0, []) == (run.code, history.asked_without_token, run.stages), run.output
    assert "the environment variable ML_CI_STAGING_TOKEN is missing" in run.output


def test_repro__gives_each_target_its_verdict(history: History) -> None:
    verdicts = {name: one["verdict"] for name, one in history.first.parity().items()}

    expected = dict.fromkeys(("server", "onnx", "staging", "phone"), "pass")
    assert expected | {"gone": "incomplete"} == verdicts, history.first.run.output
    assert 3 == history.first.run.code


def test_repro__says_why_a_target_could_not_be_compared(history: History) -> None:
    messages = {failure["message"] for failure in history.first.parity()["gone"]["failures"]}

    expected = "the target failed: the server does not say which model it serves: /v1/models/shapes"
    assert {expected} == {message.partition(" cannot be reached: ")[0] for message in messages}


def test_repro__asks_as_clients_do_where_rungs_are_not_shown(history: History) -> None:
    steps = history.first.parity()["staging"]["steps"]

    assert ["probabilities", "label"] == [step["step"] for step in steps if step["compared"]]


def test_repro__compares_a_dump_on_every_rung_it_has(history: History) -> None:
    assert "on every rung" in history.first.parity()["phone"]["sentence"]


def test_report__has_a_row_and_a_check_per_target(history: History) -> None:
    names = ["server", "onnx", "staging", "phone", "gone"]
    checks = [check["name"] for check in history.first.report["gate"]]

    rows = [line for line in history.first.comment.splitlines() if line.count("|") == 11]
    assert names == [row.split("|")[1].strip() for row in rows[2:]]
    assert [f"parity of {name}" for name in names] == checks[:5]


def test_report__tells_the_age_of_the_dump(history: History) -> None:
    assert "- phone: what a device wrote at 20" in history.first.comment
    assert "phone " in history.first.run.output
    assert "before this report" in history.first.run.output


def test_repro__asks_what_is_deployed_every_time(history: History) -> None:
    assert ["replay", "parity", "report"] == history.second.run.stages
    assert "replay runs again: " in history.second.run.output
    assert history.first.asked == history.second.asked > 0


def test_repro__sees_that_what_is_deployed_has_moved(history: History) -> None:
    verdicts = {name: one["verdict"] for name, one in history.moved.parity().items()}

    assert (1, "differs", "pass") == (
        history.moved.run.code,
        verdicts["staging"],
        verdicts["server"],
    )
    assert history.moved.comment.startswith(
        "## ❌ staging: training and serving part between **received** and **probabilities**"
    )


def test_repro__leaves_the_token_in_no_file_and_no_log(history: History) -> None:
    outputs = [one.run.output for one in (history.first, history.second, history.moved)]
    folder = history.project.folder
    kept = [path for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path)]

    assert [] == [text for text in outputs if SECRET in text]
    assert [] == [path for path in kept if SECRET.encode() in path.read_bytes()]


def test_repro__leaves_git_clean_but_for_what_was_changed(history: History) -> None:
    changed = [line[3:] for line in history.project.status().splitlines()]

    assert ["dumps/phone/", "dvc.lock", "params.yaml"] == sorted(changed)
