"""A small DVC pipeline that needs no model: what it locks is held against DVC's own word."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ml_ci.base.lock import LockState, check_lock
from ml_ci.base.storage import Storage
from tests.builders.repositories import SmallRepository, small_repository

_PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [data/train, pretrained, train.py]
    params: [train, limits.side]
    outs: [trained]
  evaluate:
    cmd: python evaluate.py
    deps: [data/test, trained/weights.txt, package, evaluate.py]
    params: [limits]
    outs:
      - receipts/evaluate.json: {cache: false}
  report:
    cmd: python report.py
    deps: [receipts/evaluate.json, trained, evaluate.py]
    outs:
      - receipts/report.json: {cache: false}
"""
_FILES = {
    "dvc.yaml": _PIPELINE,
    "params.yaml": "train: {seed: 7, rate: 0.5, on: yes}\n"
    "limits: {side: 8, pixels: 64}\nspare: 1\n",
    "train.py": "from pathlib import Path\n"
    "Path('trained/deep').mkdir(parents=True)\n"
    "Path('trained/weights.txt').write_text('weights')\n"
    "Path('trained/deep/curve.txt').write_text('curve')\n",
    "evaluate.py": "from pathlib import Path\n"
    "Path('receipts').mkdir(exist_ok=True)\n"
    "Path('receipts/evaluate.json').write_text('evaluated')\n",
    "report.py": "from pathlib import Path\nPath('receipts/report.json').write_text('told')\n",
    "package/one.py": "1\n",
    "package/deep/two.py": "2\n",
    "package/notes.txt": "ignored by DVC\n",
    "package/local/cache.txt": "ignored by DVC, as its folder is\n",
    "pretrained/README.md": "ignored by DVC\n",
    ".dvcignore": "# what DVC need not see\n*.txt\n!weights.txt\n!curve.txt\n!/data/**\n"
    "local/\n/pretrained/*\n!/pretrained/weights.bin\n!/pretrained/weights.bin.dvc\n",
    ".gitignore": "/receipts\n/trained\n/data\n",
}
_CONFIG = """\
[core]
    analytics = false
    check_update = false
    autostage = false
    remote = storage
['remote "storage"']
    url = ../remote
"""


@dataclass(frozen=True, kw_only=True)
class SmallPipeline:
    """Committed, its data and outputs in the remote."""

    repository: SmallRepository

    @property
    def folder(self) -> Path:
        """Its root."""
        return self.repository.folder

    def dvc(self, *arguments: str) -> str:
        """What a command of DVC prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *arguments],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stale_by_dvc(self) -> list[str]:
        """Stages of which `dvc status` says that they changed, in the order of dvc.yaml."""
        from dvc.repo import Repo  # type: ignore[import-untyped]

        with Repo(str(self.folder)) as repo:  # a process of its own takes a second
            status = {name.rpartition(":")[2] for name in repo.status()}
        return [name for name in ("train", "evaluate", "report") if name in status]

    def look(self, revision: str = "HEAD") -> LockState:
        """What we say of a commit."""
        return check_lock(self.repository.seen.files_of(revision), Storage.of(self.folder))

    def copy(self, folder: Path) -> SmallPipeline:
        """Everything as it is now."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return SmallPipeline(repository=SmallRepository(folder=folder))


def small_pipeline(folder: Path) -> SmallPipeline:
    """After its first run."""
    repository = small_repository(folder)
    pipeline = SmallPipeline(repository=repository)
    pipeline.dvc("init", "--quiet")
    data = {f"data/{split}/{name}.txt": name for split in ("train", "test") for name in "ab"}
    repository.commit({**_FILES, **data, ".dvc/config": _CONFIG})
    pipeline.dvc("add", "--quiet", "data")
    pipeline.dvc("repro", "--quiet")
    pipeline.dvc("push", "--quiet")
    repository.commit({})
    return pipeline
