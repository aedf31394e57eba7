"""The git repository around this checkout: commits, as far as git and the history can tell."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The checked-out commit."""

    sha: str
    dirty: bool
    """Tracked files differ from it."""


def current_commit() -> Commit | None:
    """The checked-out commit; None outside a repository or before its first commit."""
    sha = _git("rev-parse", "HEAD")
    if sha is None:
        return None
    return Commit(sha=sha, dirty=bool(_git("status", "--porcelain", "--untracked-files=no")))


def commit_that_added(text: str, path: Path) -> str | None:
    """The newest commit that changed how often ``text`` occurs in ``path``; None if none is known.

    In a shallow clone the commit may lie beyond the history that was fetched.
    """
    shas = _git("log", "--max-count=1", "--format=%H", f"-S{text}", "--", path.as_posix())
    return shas or None


def committed_content(path: Path, revision: str = "HEAD") -> bytes | None:
    """A file below the working folder as ``revision`` has it; None where it has none, or no git."""
    command = ["git", "show", f"{revision}:./{path.as_posix()}"]
    try:
        completed = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return completed.stdout if completed.returncode == 0 else None


def _git(*arguments: str) -> str | None:
    command = ["git", *arguments]
    try:
        completed = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a tarball on a machine without git
        return None
    return completed.stdout.strip() if completed.returncode == 0 else None
