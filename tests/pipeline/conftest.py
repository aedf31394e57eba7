"""The small project after its first run: made once for every module that begins there."""

from __future__ import annotations

import pytest

from tests.builders.project import Project, make_project


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run, pushed and committed. Not to be changed: copy or clone it."""
    project = make_project(tmp_path_factory.mktemp("first") / "repository")
    project.must("dvc", "repro")
    project.must("dvc", "push", "--quiet")
    project.commit("first run")
    return project
