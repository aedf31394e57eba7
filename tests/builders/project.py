"""A small copy of this repository in its own folder: the real code, few images, short training."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ml_ci.data.manifest import write_manifest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("ml_ci", "requirements", "pretrained")
FILES = ("dvc.yaml", "params.yaml", "pyproject.toml", ".gitignore", ".dvcignore", ".gitattributes")
TRAIN_PER_CLASS = 24
TEST_PER_CLASS = 6
GOLDEN = 12
# A few epochs on few images prove the path; quality has tests of its own in tests/model.
SETTINGS = {
    "min_train_per_class: 20": f"min_train_per_class: {TRAIN_PER_CLASS}",
    "min_golden: 48": f"min_golden: {GOLDEN}",
    "accuracy: 0.95": "accuracy: 0.2",
    "macro_f1: 0.95": "macro_f1: 0.1",
    "expected_calibration_error: 0.1": "expected_calibration_error: 1.0",
}


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

    @property
    def variables(self) -> dict[str, str]:
        """The environment of commands: this one's Python, and compiled files kept beside the
        project, so that DVC is not compiled anew at each start (2 s)."""
        bin_folder = Path(sys.executable).parent
        dropped = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if name not in dropped}
        return {
            **inherited,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPYCACHEPREFIX": str(self.folder.with_name("compiled")),
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
        return Project(folder=folder)


def make_project(folder: Path) -> Project:
    """The small copy, committed, with data tracked by DVC; nothing has run yet."""
    for name in CODE:
        ignored = shutil.ignore_patterns("__pycache__", "*.safetensors")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    project = Project(folder=folder)
    _copy_data(folder / "data")
    project.edit("params.yaml", _shortened)
    project.must("git", "init", "--quiet")
    project.must("dvc", "init", "--quiet")
    project.must("dvc", "config", "core.analytics", "false")
    project.must("dvc", "remote", "add", "--default", "storage", "dvc-remote")
    project.must("dvc", "add", "--quiet", "data")
    write_manifest(folder / "data", folder / "data.manifest.csv")
    project.must("dvc", "push", "--quiet")
    project.commit("start")
    return project


def _copy_data(data: Path) -> None:
    for split, count in (("train", TRAIN_PER_CLASS), ("test", TEST_PER_CLASS)):
        for source in sorted((ROOT / "data" / split).iterdir()):
            place = data / split / source.name
            place.mkdir(parents=True)
            for image in sorted(source.iterdir())[:count]:
                shutil.copy(image, place)
    (data / "golden").mkdir()
    lines = (ROOT / "data/golden/golden.csv").read_text(encoding="utf-8").splitlines()
    chosen = lines[1 : 1 + GOLDEN]
    for line in chosen:
        shutil.copy(ROOT / "data/golden" / line.partition(",")[0], data / "golden")
    (data / "golden/golden.csv").write_text("\n".join([lines[0], *chosen]) + "\n")


def _shortened(params: str) -> str:
    params = re.sub(r"smoke: \{epochs: \d+", "smoke: {epochs: 4", params)
    for before, after in SETTINGS.items():
        assert before in params, before
        params = params.replace(before, after)
    return params
