"""Two pull requests that both touch dvc.lock, metrics/ and the data: taken over from CI, merged.

One trains otherwise and adds a golden image; CI measures it, and its author accepts that. The other
adds a test image and raises a threshold. Merging them conflicts; one command resolves it. Two more
accept golden answers of the same weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ml_ci.data.manifest import read_manifest
from ml_ci.takeover.package import ARTIFACT
from tests.builders.datasets import put
from tests.builders.github.server import serving
from tests.builders.github.state import REPOSITORY, FakeGitHub, Token
from tests.builders.images import png
from tests.builders.project import Project, Run
from tests.builders.shapes import shape

OURS, THEIRS = "test/down/new.png", "golden/new.png"


@dataclass(frozen=True, kw_only=True)
class Done:
    """A project after a command."""

    project: Project
    run: Run


@pytest.fixture(scope="module")
def base(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What both branches come from."""
    return finished.copy(tmp_path_factory.mktemp("merging") / "base")


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGitHub]:
    hub = FakeGitHub(tokens={"mine": Token()})
    with (
        serving(hub, tmp_path_factory.mktemp("github")) as address,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("GITHUB_API_URL", address.api)
        patch.setenv("GITHUB_TOKEN", "mine")
        patch.setenv("SSL_CERT_FILE", str(address.certificates))
        yield hub


@pytest.fixture(scope="module")
def accepted(base: Project, github: FakeGitHub) -> Done:
    """The branch that trains otherwise: CI has measured it, its author takes that over."""
    author = base.clone(base.folder.with_name("author"))
    author.must("dvc", "pull", "--quiet", "--allow-missing")
    author.edit("params.yaml", lambda text: text.replace("epochs: 4", "epochs: 5"))
    add_image(author, THEIRS, "across")
    author.edit("data/golden/golden.csv", lambda text: text + "new.png,across,grey\n")
    updated = author.ml_ci("data", "update")
    assert updated.code == 0, updated.output
    author.commit("train longer")

    ci = author.clone(base.folder.with_name("ci"))
    for command in (("repro",), ("ci", "measured", "--output", "build/measured")):
        done = ci.ml_ci(*command)
        assert done.code == 0, done.output
    commit = author.must("git", "rev-parse", "HEAD").output.strip()
    run = github.add_run(sha=commit, branch="train-longer")
    github.add_files(run, ARTIFACT, files_of(ci.folder / "build/measured"))

    author.must("git", "remote", "set-url", "origin", f"https://github.com/{REPOSITORY}.git")
    return Done(project=author, run=author.ml_ci("accept", "--run", str(run.id)))


@pytest.fixture(scope="module")
def merged(base: Project, accepted: Done) -> Done:
    """The other branch, after merging the first and resolving the conflict."""
    accepted.project.commit("measured by CI")
    project = base.copy(base.folder.with_name("other"))
    add_image(project, OURS, "down")
    project.edit("params.yaml", lambda text: text.replace("macro_f1: 0.1", "macro_f1: 0.15"))
    updated = project.ml_ci("data", "update")
    assert updated.code == 0, updated.output
    project.must("dvc", "repro")
    project.commit("a new test image")
    project.must("git", "config", "user.name", "test")
    project.must("git", "config", "user.email", "test@localhost")
    conflict = project.run("git", "pull", "--no-rebase", str(accepted.project.folder))
    assert "CONFLICT" in conflict.output, conflict.output
    return Done(project=project, run=project.ml_ci("resolve"))


def add_image(project: Project, path: str, label: str) -> None:
    put(project.folder / "data" / path, png(shape(label, path)))


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def weights(project: Project) -> bytes:
    return (project.folder / "trained/weights.safetensors").read_bytes()


def test_accept__takes_over_what_ci_measured(base: Project, accepted: Done) -> None:
    ci = Project(folder=base.folder.with_name("ci"))

    lock = (accepted.project.folder / "dvc.lock").read_bytes()
    expected = (0, (ci.folder / "dvc.lock").read_bytes(), weights(ci))
    assert expected == (accepted.run.code, lock, weights(accepted.project)), accepted.run.output


def test_accept__says_what_to_commit(accepted: Done) -> None:
    assert (
        "  git add dvc.lock metrics/metrics.json metrics/predictions.csv metrics/golden.json "
        "metrics/inputs.json dvc-remote\n" in accepted.run.output
    ), accepted.run.output


def test_accept__shows_no_token(accepted: Done) -> None:
    assert "mine" not in accepted.run.output


def test_resolve__ends_with_an_open_gate(merged: Done) -> None:
    assert 0 == merged.run.code, merged.run.output


def test_resolve__keeps_the_weights_that_fit_the_merged_inputs(
    accepted: Done, merged: Done
) -> None:
    assert (False, weights(accepted.project)) == (
        "train" in merged.run.stages,
        weights(merged.project),
    ), merged.run.output


def test_resolve__keeps_the_images_of_both_branches(merged: Done) -> None:
    manifest = read_manifest(merged.project.folder / "data.manifest.csv")

    there = {entry.path: entry.label for entry in manifest}
    assert ("down", "across") == (there.get(OURS), there.get(THEIRS))


def test_resolve__leaves_nothing_to_do_but_the_commit(merged: Done, tmp_path: Path) -> None:
    """What was measured stays; the report alone is made again, since it names its commit."""
    project = merged.project.copy(tmp_path / "committed")
    project.must("git", "commit", "--no-edit", "--quiet")

    repro = project.ml_ci("repro")

    assert (0, ["report"], "") == (repro.code, repro.stages, project.status()), repro.output


def test_resolve__pushes_what_others_have_to_pull(merged: Done, tmp_path: Path) -> None:
    project = merged.project.copy(tmp_path / "committed")
    project.must("git", "commit", "--no-edit", "--quiet")
    clone = project.clone(tmp_path / "clone")

    clone.must("dvc", "pull", "--quiet", "--allow-missing")

    assert weights(project) == weights(clone)


def accept_other_answer(project: Project, image: str, changed: tuple[str, str]) -> None:
    """Commit an answer that nobody gives, and a setting, so that dvc.lock is another."""
    path = project.folder / "metrics/golden.json"
    document = json.loads(path.read_text())
    answered = document["images"][image]["predicted"]
    document["images"][image]["predicted"] = "down" if answered != "down" else "across"
    path.write_text(json.dumps(document, indent=2) + "\n")
    project.edit("params.yaml", lambda text: text.replace(*changed))
    project.commit(f"accept {image}")
    project.must("dvc", "repro")
    project.commit("run")


def test_resolve__keeps_the_golden_answers_that_either_branch_accepted(
    base: Project, tmp_path: Path
) -> None:
    """None of them is what the network answers: the gate names those it still holds against it."""
    first, project = base.copy(tmp_path / "first"), base.copy(tmp_path / "second")
    accept_other_answer(first, "cmyk.jpg", ("macro_f1: 0.1", "macro_f1: 0.15"))
    accept_other_answer(project, "grey.png", ("instances: 64", "instances: 32"))
    project.must("git", "config", "user.name", "test")
    project.must("git", "config", "user.email", "test@localhost")
    conflict = project.run("git", "pull", "--no-rebase", str(first.folder))
    assert "CONFLICT" in conflict.output, conflict.output

    resolved = project.ml_ci("resolve")

    report = json.loads((project.folder / "reports/report.json").read_text())
    moved = sorted(move["image"] for move in report["golden"]["answers"]["moves"])
    assert (1, ["cmyk.jpg", "grey.png"]) == (resolved.code, moved), resolved.output
