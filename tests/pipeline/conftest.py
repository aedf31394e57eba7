"""The small project after its first run, made once for all tests of the pipeline that need it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.project import STAGES, Project, make_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """After the first run, pushed and committed; the report is about the commit."""
    project = make_project(tmp_path_factory.mktemp("project") / "repository")
    first = project.must("dvc", "repro")
    assert set(first.stages) == set(STAGES)
    project.must("dvc", "push", "--quiet")
    project.commit("first run")
    assert project.must("dvc", "repro", "--force", "--single-item", "report").stages == ["report"]
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project that the test may change."""
    return finished.copy(tmp_path / "repository")
