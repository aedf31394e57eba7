"""What changed since the base, in a real repository: one setting, and nothing it moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders.project import Project


@pytest.fixture(scope="module")
def changed(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A branch that replays with other concurrency, measured and committed."""
    project = finished.copy(tmp_path_factory.mktemp("changed") / "repository")
    project.must("git", "branch", "--move", "main")
    project.must("git", "checkout", "--quiet", "-b", "change")
    project.edit("params.yaml", lambda text: text.replace("concurrency: 4", "concurrency: 3"))
    project.must("python", "-m", "ml_ci", "repro")
    project.commit("change")
    # A commit alone is no reason to make the report again; a fresh clone makes it of the commit
    project.must("dvc", "repro", "--force", "--single-item", "report")
    return project


def section(project: Project) -> dict[str, Any]:
    text = (project.folder / "reports/report.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)["changes"]
    return content


def test_report__names_the_setting_that_changed(changed: Project) -> None:
    expected = [{"key": "replay.concurrency", "before": "4", "after": "3"}]
    assert expected == section(changed)["params"]


def test_report__holds_the_answers_against_those_committed_in_the_base(changed: Project) -> None:
    paired = section(changed)["paired"]

    assert (18, 0, 0, "same") == (
        paired["images"],
        paired["fixed"],
        paired["broken"],
        paired["verdict"],
    )


def test_report__finds_the_committed_numbers_to_be_the_measured_ones(changed: Project) -> None:
    assert "same" == section(changed)["committed"]["state"]


def test_gate__refuses_a_report_of_other_settings_that_no_stage_reads(
    changed: Project, tmp_path: Path
) -> None:
    project = changed.copy(tmp_path / "repository")
    project.edit("params.yaml", lambda text: text.replace("minutes: 0.0", "minutes: 0.5"))

    gate = project.ml_ci("gate")

    assert (2, True) == (gate.code, "params.yaml has changed since" in gate.output)


def test_repro__makes_the_report_again_for_such_a_setting(changed: Project, tmp_path: Path) -> None:
    project = changed.copy(tmp_path / "repository")
    project.edit("params.yaml", lambda text: text.replace("minutes: 0.0", "minutes: 0.5"))

    assert ["report"] == project.ml_ci("repro").stages
