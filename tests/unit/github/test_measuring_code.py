"""Which parts of the measuring code a pull request changes."""

from __future__ import annotations

import subprocess

import pytest

from ml_ci.github.api import GitHub
from ml_ci.github.measuring_code import changed_measuring_code, measuring_parts
from tests.builders.github.state import FakeGitHub


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (".github/workflows/ml-ci.yml", "the workflows"),
        ("ml_ci/report/templates/parity.md.j2", "what gathers the report and opens the gate"),
        ("ml_ci/github/handover.py", "what hands the report over"),
        ("ml_ci/parity/compare.py", "the engine, which trains, measures, compares and reports"),
        ("dvc.yaml", "the pipeline"),
        ("Makefile", "the environment it runs in"),
        ("numpy.py", "files the template does not know, which the measuring process may load"),
        (
            "sitecustomize/__init__.py",
            "files the template does not know, which the measuring process may load",
        ),
    ],
)
def test_parts__code_that_measures(path: str, part: str) -> None:
    assert [(part, (path,), False)] == [
        (found.part, found.files, found.is_ordinary) for found in measuring_parts([path])
    ]


@pytest.mark.parametrize("path", ["ml_ci/model/network.py", "params.yaml", "metrics/golden.json"])
def test_parts__work_on_a_model_is_ordinary(path: str) -> None:
    assert [True] == [found.is_ordinary for found in measuring_parts([path])]


@pytest.mark.parametrize(
    "path",
    [
        "data.dvc",
        "dvc.lock",
        "metrics/metrics.json",
        "docs/report.md",
        "README.md",
        "server/app.py",
    ],
)
def test_parts__what_is_measured_is_none(path: str) -> None:
    assert () == measuring_parts([path])


def test_parts__every_file_of_the_template_is_known() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, check=True
    ).stdout.split("\0")

    unknown = [found.files for found in measuring_parts(tracked[:-1]) if "not know" in found.part]

    assert [] == unknown


def test_changed__reads_every_page(hub: FakeGitHub, github: GitHub) -> None:
    files = [{"filename": f"docs/{number}.md"} for number in range(250)]
    hub.add_pull(number=1, head="team:t", sha="a" * 40, files=[*files, {"filename": "dvc.yaml"}])

    parts = changed_measuring_code(github, 1).parts

    assert [("dvc.yaml",)] == [part.files for part in parts]


def test_changed__file_renamed_away(hub: FakeGitHub, github: GitHub) -> None:
    renamed = {"filename": "docs/gate.md", "previous_filename": "ml_ci/report/gate.py"}
    hub.add_pull(number=1, head="team:t", sha="a" * 40, files=[renamed])

    parts = changed_measuring_code(github, 1).parts

    assert [("ml_ci/report/gate.py",)] == [part.files for part in parts]


@pytest.mark.parametrize(("count", "complete"), [(2999, True), (3000, False)])
def test_changed__says_when_github_lists_no_more(
    hub: FakeGitHub, github: GitHub, count: int, complete: bool
) -> None:
    files = [{"filename": f"docs/{number}.md"} for number in range(count)]
    hub.add_pull(number=1, head="team:t", sha="a" * 40, files=files)

    assert complete == changed_measuring_code(github, 1).complete
