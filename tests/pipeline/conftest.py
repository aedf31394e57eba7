"""The small project after its first run, for a test to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.project import Project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project that the test may change."""
    return finished.copy(tmp_path / "repository")
