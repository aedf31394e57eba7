"""The artifact of a run, from the GitHub on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub
from ml_ci.github.measured_artifact import MeasuredRun, download_measured
from tests.builders.github.state import FakeGitHub, Run, zipped

NAME = "ml-ci-measured"
SHA = "a" * 40
MOST = 10_000
FILES = {"dvc.lock": b"stages: {}\n"}


def download(github: GitHub, run: Run, folder: Path, *, from_fork: bool = False) -> MeasuredRun:
    return download_measured(
        github, run.id, NAME, folder / "it.zip", most_bytes=MOST, from_fork=from_fork
    )


@pytest.fixture
def run(hub: FakeGitHub) -> Run:
    return hub.add_run(sha=SHA, branch="work")


def test_download_measured__writes_the_zip_of_the_run(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_files(run, "ml-ci-handover", {"handover.json": b"{}"})
    hub.add_files(hub.add_run(sha="b" * 40, branch="work"), NAME, {"dvc.lock": b"another"})
    hub.add_files(run, NAME, FILES)

    download(github, run, tmp_path)

    assert zipped(FILES) == (tmp_path / "it.zip").read_bytes()


def test_download_measured__says_which_commit_the_run_is_of(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_files(run, NAME, FILES)

    assert SHA == download(github, run, tmp_path).commit


def test_download_measured__says_that_the_run_has_none(
    github: GitHub, run: Run, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="the run has no artifact `ml-ci-measured`"):
        download(github, run, tmp_path)


def test_download_measured__refuses_a_large_one_before_it_is_sent(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_artifact(run, NAME, zipped(FILES), size=5_000_000)

    with pytest.raises(UserError, match="has 5 MB, packed"):
        download(github, run, tmp_path)

    assert not [line for line in hub.lines if "/zip" in line]


def test_download_measured__stops_where_the_size_was_a_lie(
    hub: FakeGitHub, github: GitHub, run: Run, tmp_path: Path
) -> None:
    hub.add_artifact(run, NAME, b"0" * (MOST + 1), size=10)

    with pytest.raises(UserError):
        download(github, run, tmp_path)

    assert (tmp_path / "it.zip").stat().st_size <= MOST


def test_download_measured__of_an_unknown_run_is_explained(github: GitHub, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="GitHub answered 404"):
        download(github, Run(id=1, sha=SHA, branch="work"), tmp_path)


def test_download_measured__refuses_the_run_of_another_workflow(
    hub: FakeGitHub, github: GitHub, tmp_path: Path
) -> None:
    other = hub.add_run(sha=SHA, branch="work", name="another")
    hub.add_files(other, NAME, FILES)

    with pytest.raises(UserError, match=r"it is a run of \.github/workflows/another\.yml"):
        download(github, other, tmp_path)

    assert not [line for line in hub.lines if "artifacts" in line]


@pytest.mark.parametrize(
    ("repository", "said"),
    [
        pytest.param("stranger/project", "stranger/project, a fork by stranger", id="fork"),
        pytest.param(None, "a repository that has been deleted", id="deleted"),
    ],
)
def test_download_measured__refuses_a_fork(
    hub: FakeGitHub, github: GitHub, tmp_path: Path, repository: str | None, said: str
) -> None:
    run = hub.add_run(sha=SHA, branch="work", owner="stranger", repository=repository)
    hub.add_files(run, NAME, FILES)

    with pytest.raises(UserError, match=said):
        download(github, run, tmp_path)

    assert not [line for line in hub.lines if "artifacts" in line]


def test_download_measured__takes_a_fork_when_told_to_and_says_whose_it_is(
    hub: FakeGitHub, github: GitHub, tmp_path: Path
) -> None:
    run = hub.add_run(sha=SHA, branch="work", owner="stranger", repository="stranger/project")
    hub.add_files(run, NAME, FILES)

    measured = download(github, run, tmp_path, from_fork=True)

    assert (
        f"{SHA[:12]} of stranger/project, a fork by stranger, measured on pull_request"
        == measured.origin
    )


def test_download_measured__knows_its_own_repository_in_any_case(
    hub: FakeGitHub, github: GitHub, tmp_path: Path
) -> None:
    run = hub.add_run(sha=SHA, branch="work", repository="Team/Project")
    hub.add_files(run, NAME, FILES)

    assert not download(github, run, tmp_path).fork
