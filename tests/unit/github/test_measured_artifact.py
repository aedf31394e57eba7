"""The artifact of a run, from the GitHub on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub
from ml_ci.github.measured_artifact import download_measured
from tests.builders.github.state import FakeGitHub, Run, zipped

NAME = "ml-ci-measured"
SHA = "a" * 40
MOST = 10_000
FILES = {"dvc.lock": b"stages: {}\n"}


@pytest.fixture
def run(hub: FakeGitHub) -> Run:
    return hub.add_run(sha=SHA, branch="work")


def test_download_measured__writes_the_zip_of_the_run(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_files(run, "ml-ci-handover", {"handover.json": b"{}"})
    hub.add_files(hub.add_run(sha="b" * 40, branch="work"), NAME, {"dvc.lock": b"another"})
    hub.add_files(run, NAME, FILES)

    download_measured(github, run.id, NAME, tmp_path / "it.zip", most_bytes=MOST)

    assert zipped(FILES) == (tmp_path / "it.zip").read_bytes()


def test_download_measured__says_which_commit_the_run_is_of(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_files(run, NAME, FILES)

    assert SHA == download_measured(github, run.id, NAME, tmp_path / "it.zip", most_bytes=MOST)


def test_download_measured__says_that_the_run_has_none(
    github: GitHub, run: Run, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="the run has no artifact `ml-ci-measured`"):
        download_measured(github, run.id, NAME, tmp_path / "it.zip", most_bytes=MOST)


def test_download_measured__refuses_a_large_one_before_it_is_sent(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_artifact(run, NAME, zipped(FILES), size=5_000_000)

    with pytest.raises(UserError, match="has 5 MB, packed"):
        download_measured(github, run.id, NAME, tmp_path / "it.zip", most_bytes=MOST)

    assert not [line for line in hub.lines if "/zip" in line]


def test_download_measured__stops_where_the_size_was_a_lie(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_artifact(run, NAME, b"0" * (MOST + 1), size=10)

    with pytest.raises(UserError):
        download_measured(github, run.id, NAME, tmp_path / "it.zip", most_bytes=MOST)

    assert (tmp_path / "it.zip").stat().st_size <= MOST


def test_download_measured__of_an_unknown_run_is_explained(github: GitHub, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="GitHub answered 404"):
        download_measured(github, 1, NAME, tmp_path / "it.zip", most_bytes=MOST)
