"""The first step: what is documentation, what is not, and that it needs no package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ml_ci.github.handover import read_handover, skip_handover
from ml_ci.github.plan import behind_sentence, changed_files, is_documentation, planned, skip_text
from tests.builders.project import ROOT

SHA = "a" * 40


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("docs/github.md", True, id="docs"),
        pytest.param("docs/images/parity.svg", True, id="a picture in docs"),
        pytest.param("README.md", True, id="top level"),
        pytest.param("LICENSE", True, id="licence"),
        pytest.param("data/README.md", False, id="in the data"),
        pytest.param("server/README.md", False, id="in the server's folder"),
        pytest.param("pretrained/README.md", False, id="a dependency of a stage"),
        pytest.param("ml_ci/report/templates/parity.md.j2", False, id="a template"),
        pytest.param("params.yaml", False, id="settings"),
        pytest.param("docs.py", False, id="code with a name like it"),
        pytest.param(".github/workflows/ml-ci.yml", False, id="a workflow"),
    ],
)
def test_is_documentation(path: str, expected: bool) -> None:
    assert expected is is_documentation(path)


@pytest.mark.parametrize(
    ("event", "changed", "expected"),
    [
        pytest.param("pull_request", ["README.md", "docs/a.md"], False, id="documentation only"),
        pytest.param("pull_request", ["README.md", "params.yaml"], True, id="and settings"),
        pytest.param("pull_request", [], True, id="nothing differs"),
        pytest.param("pull_request", None, True, id="no base"),
        pytest.param("push", ["README.md"], False, id="a push of documentation"),
        pytest.param("workflow_dispatch", ["README.md"], True, id="asked for"),
    ],
)
def test_planned(event: str, changed: list[str] | None, expected: bool) -> None:
    assert expected is planned(event, changed).measure


def test_skip_text__is_the_handover_that_is_read() -> None:
    assert skip_handover(SHA, "Why.") == read_handover(skip_text(SHA, "Why.").encode())


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`main` has one commit more than `topic`, which renames a document into the code."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/Üb er.md").write_text("text\n" * 20, encoding="utf-8")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "-b", "topic")
    (tmp_path / "docs/Üb er.md").rename(tmp_path / "code.py")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "main")
    (tmp_path / "other.txt").write_text("of main\n", encoding="utf-8")
    commit(tmp_path)
    git(tmp_path, "checkout", "--quiet", "topic")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a commit")


def test_changed_files__since_the_merge_base_under_both_names(repository: Path) -> None:
    assert ["code.py", "docs/Üb er.md"] == changed_files("main", repository)


@pytest.mark.parametrize("base", ["", "0" * 40, "--output=x", "nowhere"])
def test_changed_files__unknown_base(repository: Path, base: str) -> None:
    assert (None, "") == (changed_files(base, repository), behind_sentence(base, repository))


def test_behind_sentence(repository: Path) -> None:
    expected = "the checked-out commit is 1 commit behind its base"
    assert expected == behind_sentence("main", repository)


def test_main__needs_nothing_but_python(repository: Path, tmp_path: Path) -> None:
    """`-S` leaves every installed package out, as before anything is installed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    event = scratch / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"repo": {"full_name": "team/it"}}}}))
    variables = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "team/it",
        "GITHUB_RUN_ID": "1",
        "GITHUB_OUTPUT": str(scratch / "output"),
        "GITHUB_STEP_SUMMARY": str(scratch / "summary"),
        "RUNNER_TEMP": str(scratch),
        "ML_CI_BASE": "main",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-S", "-m", "ml_ci.github.plan"]
    done = subprocess.run(
        command, cwd=repository, env=variables, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert "measure=true\n" == (scratch / "output").read_text().splitlines(keepends=True)[0]
