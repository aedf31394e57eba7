"""requirements/comment.txt: the poster runs from it alone, in an environment made for it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.github.handover import report_handover
from tests.builders.github.posting import ROOT, SHA, Scene
from tests.builders.github.server import serving
from tests.builders.github.state import FakeGitHub
from tests.builders.reports import report

LOCK = ROOT / "requirements/comment.txt"


def pins(lock: Path) -> set[str]:
    return set(re.findall(r"^[a-z0-9._-]+==\S+", lock.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of an environment with exactly this lock, made once per lock."""
    key = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = ROOT / paths.STATE / "comment-env" / key
    found = folder / "bin/python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(found), "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*install, "--no-deps", "-r", str(LOCK)], check=True)
        (folder / "complete").touch()
    return found


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    hub = FakeGitHub()
    hub.add_pull(number=1, head="team:topic", sha=SHA)
    with serving(hub, tmp_path) as address:
        yield Scene(hub=hub, address=address, folder=tmp_path / "step")


def test_lock__names_the_versions_that_are_tested() -> None:
    assert pins(LOCK) <= pins(ROOT / paths.DEV_LOCK)


def test_lock__is_complete(python: Path) -> None:
    done = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True)

    assert "No broken requirements found.\n" == done.stdout


def test_step__posts_from_it(scene: Scene, python: Path) -> None:
    run = scene.measured(report_handover(SHA, report()))

    done = scene.step(run, python=str(python))

    assert ("", 0, {"metrics", "parity"}) == (done.stderr, done.returncode, set(scene.bodies()))


def test_step__loads_nothing_of_what_measures(python: Path) -> None:
    program = "import sys, json, ml_ci.github.__main__; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run(
        [python, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = set(json.loads(done.stdout))
    assert set() == loaded & {"ml_ci.model", "ml_ci.serving", "ml_ci.engines", "ml_ci.commands"}
