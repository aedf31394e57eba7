"""A small project in its own folder: the engine of this repository, and a user's part made here.

Nothing of what a user owns is copied: params, data and network come from the builders, so that the
engine's tests hold in every repository made from the template.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.data.manifest import write_manifest
from tests.builders.datasets import put
from tests.builders.params import PARAMS
from tests.builders.shapes import build_shapes

ROOT = Path(__file__).resolve().parents[2]
CODE = ("ml_ci", "requirements", "server")
FILES = ("dvc.yaml", "Dockerfile", "pyproject.toml", ".gitignore", ".dvcignore", ".gitattributes")
NETWORK = "ml_ci/model/network.py"
NO_CACHE = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
STAGES = [
    "validate",
    "train",
    "evaluate",
    "export",
    "reference",
    "image",
    "replay",
    "parity",
    "report",
]
DVC_CONFIG = """\
[core]
    analytics = false
    check_update = false
    remote = storage
['remote "storage"']
    url = ../dvc-remote
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a command ended."""

    code: int
    output: str

    @property
    def stages(self) -> list[str]:
        """DVC stages that ran."""
        return re.findall(r"^Running stage '(\w+)'", self.output, flags=re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A repository with DVC, its remote and one commit."""

    folder: Path
    engine: str = ""
    """What ML_CI_ENGINE says; empty leaves it to params.yaml, whatever it says outside."""
    docker_host: str | None = None
    """Another address of the engine than the usual one."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment of commands: this one's Python, which keeps what it compiles, wherever
        the tests run: the project's copies then have it too (compiling costs 8 s in all)."""
        bin_folder = Path(sys.executable).parent
        dropped = (*NO_CACHE, "PYTHONPATH", "ML_CI_ENGINE", "ML_CI_BASE", "ML_CI_BASE_BRANCH")
        inherited = {name: value for name, value in os.environ.items() if name not in dropped}
        return {
            **inherited,
            **({"ML_CI_ENGINE": self.engine} if self.engine else {}),
            **({"DOCKER_HOST": self.docker_host} if self.docker_host else {}),
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, *command: str) -> Run:
        """Run a command of this environment in the project."""
        completed = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(code=completed.returncode, output=completed.stdout)

    def ml_ci(self, *arguments: str) -> Run:
        """`ml-ci` from the project's own copy of the code."""
        return self.run("python", "-m", "ml_ci", *arguments)

    def must(self, *command: str) -> Run:
        """Like ``run``, for what cannot fail in a test that means something else."""
        done = self.run(*command)
        assert done.code == 0, done.output
        return done

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Rewrite a file of the project; the change must change something."""
        path = self.folder / name
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert before != after, name
        path.write_text(after, encoding="utf-8")

    def status(self) -> str:
        """What git sees as changed."""
        return self.must("git", "status", "--porcelain").output

    def commit(self, message: str) -> None:
        """Commit everything git does not ignore."""
        self.must("git", "add", "--all")
        identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        self.must("git", *identity, "commit", "--quiet", "--message", message)

    def clone(self, folder: Path) -> Project:
        """A fresh clone."""
        self.must("git", "clone", "--quiet", str(self.folder), str(folder))
        _share_environments(folder)
        return Project(folder=folder)

    def copy(self, folder: Path) -> Project:
        """Everything as it is now, with what git and DVC ignore, for a test that changes it."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder=folder)


def make_project(folder: Path) -> Project:
    """The small project, committed, with data tracked by DVC; nothing has run yet."""
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "tests/builders/network.py", folder / NETWORK)
    put(folder / "params.yaml", PARAMS.encode())
    put(folder / "pretrained/README.md", b"Weights of a full training.\n")
    put(folder / "dumps/README.md", b"What devices wrote.\n")
    build_shapes(folder / "data")
    _share_environments(folder)
    project = Project(folder=folder)
    project.must("git", "init", "--quiet")
    project.must("dvc", "init", "--quiet")
    put(folder / ".dvc/config", DVC_CONFIG.encode())
    project.must("dvc", "add", "--quiet", "data")
    write_manifest(folder / "data", folder / "data.manifest.csv")
    project.must("dvc", "push", "--quiet")
    project.commit("start")
    return project


def _share_environments(folder: Path) -> None:
    """The server's environment and wheels are those of this repository: made once, not once per
    project."""
    (folder / paths.STATE).mkdir()
    for name in ("serving-env", "wheels"):
        shared = ROOT / paths.STATE / name
        shared.mkdir(parents=True, exist_ok=True)
        (folder / paths.STATE / name).symlink_to(shared)
