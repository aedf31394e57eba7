"""Where a run ended that left nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.github.api import GitHub
from ml_ci.github.event import Run
from ml_ci.github.failed_step import failed_step
from tests.builders.github.actions import run_document
from tests.builders.github.state import FakeGitHub


def job(name: str, conclusion: str, **steps: str) -> dict[str, Any]:
    rows = [{"name": step, "conclusion": how, "number": 1} for step, how in steps.items()]
    return {"id": 1, "name": name, "conclusion": conclusion, "steps": rows}


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        pytest.param(
            [job("measure", "failure", checkout="success", install="failure", repro="skipped")],
            "measure, install",
            id="step",
        ),
        pytest.param(
            [job("plan", "success", x="success"), job("measure", "failure", y="failure")],
            "measure, y",
            id="second-job",
        ),
        pytest.param([job("measure", "timed_out", repro="timed_out")], "measure, repro", id="time"),
        pytest.param([job("measure", "failure")], "measure", id="no-step"),
        pytest.param([job("measure", "success", x="success")], "", id="none"),
        pytest.param([], "", id="no-job"),
    ],
)
def test_step(hub: FakeGitHub, github: GitHub, jobs: list[dict[str, Any]], expected: str) -> None:
    run = hub.add_run(sha="a" * 40, branch="topic", conclusion="failure", jobs=jobs)

    assert expected == failed_step(github, Run.model_validate(run_document(hub, run)))
