"""Data pulled only half, because the remote lacks a file: nothing runs, nothing is lost."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.builders.project import Project, Run


@pytest.fixture(scope="module")
def project(started: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return started.copy(tmp_path_factory.mktemp("half") / "repository")


@pytest.fixture(scope="module")
def image(project: Project) -> Path:
    return min((project.folder / "data/train").rglob("*.png"))


@pytest.fixture(scope="module")
def repro(project: Project, image: Path) -> Run:
    """The main job in a checkout that lacks one image, as do its cache and, for a while, the
    remote."""
    digest = hashlib.md5(image.read_bytes(), usedforsecurity=False).hexdigest()
    shutil.rmtree(project.folder / ".dvc/cache")
    image.unlink()
    remote = project.folder / "dvc-remote/files/md5" / digest[:2] / digest[2:]
    remote.rename(remote.with_name("away"))
    done = project.ml_ci("repro")
    remote.with_name("away").rename(remote)
    return done


def test_repro__says_what_is_missing_and_how_to_get_it(repro: Run, image: Path) -> None:
    message = (
        f"error: 1 file of data/ missing, by the manifest: train/{image.parent.name}/{image.name}\n"
        "  where: data.manifest.csv\n"
        "  fix:   run `dvc pull`; if you deleted them, `ml-ci data update --allow-removals`\n"
    )
    assert (2, True) == (repro.code, message in repro.output), repro.output


def test_repro__runs_nothing_and_changes_nothing(repro: Run, project: Project) -> None:
    assert ([], "") == (repro.stages, project.status())


def test_pull__still_fetches_the_missing_image(repro: Run, project: Project, image: Path) -> None:
    project.must("dvc", "pull", "--quiet", "--allow-missing")

    assert image.is_file()
