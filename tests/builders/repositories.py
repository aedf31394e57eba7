"""A git repository in the working folder, for what looks at commits."""

from __future__ import annotations

import subprocess


def git(*arguments: str) -> None:
    """Run git; it must succeed."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def commit_all(message: str = "change") -> None:
    """Commit everything in the working folder, which becomes a repository."""
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
