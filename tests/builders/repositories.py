"""A git repository of a few small files, for what looks at commits."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_ci.repository import Repository

_IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@localhost")


@dataclass(frozen=True, kw_only=True)
class SmallRepository:
    """Its branch is called `main`."""

    folder: Path

    @property
    def seen(self) -> Repository:
        """As the code sees it."""
        return Repository(folder=self.folder)

    def git(self, *arguments: str) -> str:
        """What a command of git prints; it must succeed."""
        command = ["git", *_IDENTITY, *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes | None]) -> str:
        """Write, or with None remove, these files, commit everything and return the commit."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "more")
        return self.git("rev-parse", "HEAD")

    def clone(self, folder: Path, *options: str) -> SmallRepository:
        """A clone through git's own protocol, as from a host."""
        url = self.folder.resolve().as_uri()
        self.git("clone", "--quiet", *options, url, str(folder))
        return SmallRepository(folder=folder)


def small_repository(folder: Path) -> SmallRepository:
    """With no commit yet."""
    folder.mkdir(parents=True, exist_ok=True)
    repository = SmallRepository(folder=folder)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository
