"""Answers and images of one checkout, together."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import save_golden
from ml_ci.golden.accepted import golden_state
from ml_ci.golden.changes import golden_changes
from ml_ci.params.golden import GoldenSettings
from tests.builders.golden import answers, base, commit_all, golden_entries, measured


def test_changes__hold_answers_and_images_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_golden(answers(a=0.1))
    commit_all()
    here = measured(paths.TRACES, a=0.9).record
    before = base(golden_entries(a="one cat"))

    found = golden_changes(here, (), GoldenSettings(allowed_removals=[]), before)

    assert (golden_state(), 1, 1, None) == (
        found.state,
        found.answers.moved,
        found.images.denied,
        found.behaviour,
    )
