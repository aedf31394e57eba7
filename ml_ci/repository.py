"""The git repository around this checkout: its commits and their files, as far as git can tell.

What a commit holds is read from git's objects: nothing is
checked out for it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The checked-out commit."""

    sha: str
    dirty: bool
    """Tracked files differ from it."""


@dataclass(frozen=True, kw_only=True)
class GitFile:
    """One file as a commit names it."""

    mode: str
    """`100644`, `100755`, or `120000` for a symbolic link."""
    blob: str
    """The object that holds its content."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The repository that ``folder`` lies in; paths of files are relative to ``folder``."""

    folder: Path = Path()

    def commit_of(self, revision: str) -> str | None:
        """The full name of the commit that ``revision`` means here; None when it means none."""
        if not revision or revision.startswith("-"):  # git would take it for an option
            return None
        return self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")

    def short_name(self, revision: str) -> str:
        """What people call it: the branch that `origin/HEAD` points at, else ``revision``."""
        return self._git("rev-parse", "--abbrev-ref", revision) or revision

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both have; None when this clone knows none."""
        return self._git("merge-base", one, other)

    def first_parent(self, commit: str) -> str | None:
        """None for a first commit, and where a shallow clone ends."""
        return self.commit_of(f"{commit}^1")

    def count(self, since: str, until: str) -> int:
        """Commits that ``until`` has and ``since`` has not."""
        return int(self._git("rev-list", "--count", f"{since}..{until}") or 0)

    def is_shallow(self) -> bool:
        """Whether this clone holds the newest part of the history only."""
        return self._git("rev-parse", "--is-shallow-repository") == "true"

    def changed(self) -> tuple[str, ...]:
        """Tracked files that differ from the checked-out commit."""
        listing = self._git("diff", "--name-only", "--relative", "-z", "HEAD", "--", ".")
        return tuple(name for name in (listing or "").split("\0") if name)

    def is_uncommitted(self, name: str) -> bool:
        """Whether a file or folder holds what the checked-out commit has not, new files included.

        What git ignores does not count.
        """
        return bool(self._git("status", "--porcelain", "--", name))

    def commit_that_added(self, text: str, path: Path) -> str | None:
        """The newest commit that changed how often ``text`` occurs in ``path``, as far as known."""
        found = self._git("log", "--max-count=1", "--format=%H", f"-S{text}", "--", path.as_posix())
        return found or None

    def last_change(self, path: Path, commit: str) -> str | None:
        """The newest commit up to ``commit`` that changed a file, as far as known."""
        if self.commit_of(commit) is None:
            return None
        return self._git("rev-list", "--max-count=1", commit, "--", path.as_posix()) or None

    def address_of(self, remote: str) -> str | None:
        """Where a git remote is; None when there is none of this name."""
        return self._git("remote", "get-url", remote)

    def prefix(self) -> Path:
        """Where ``folder`` lies in the repository, as seen from its root."""
        return Path(self._git("rev-parse", "--show-prefix") or "")

    def git_path(self, name: str) -> Path:
        """Where git keeps something of its own, like MERGE_HEAD, for this checkout."""
        return self.folder / (self._git("rev-parse", "--git-path", name) or name)

    def unmerged(self) -> tuple[str, ...]:
        """Files that git could not merge."""
        listing = self._git("diff", "--name-only", "--relative", "--diff-filter=U", "-z") or ""
        return tuple(sorted({name for name in listing.split("\0") if name}))

    def staged(self) -> dict[str, GitFile]:
        """The files of the next commit, by path, but those that are not merged."""
        files = {}
        for line in (self._git("ls-files", "--stage", "-z") or "").split("\0"):
            properties, tab, path = line.partition("\t")
            if tab:
                mode, blob, stage = properties.split()
                if stage == "0":
                    files[path] = GitFile(mode=mode, blob=blob)
        return files

    def stage(self, *names: str) -> bool:
        """`git add` files and folders, removed ones too; whether git could."""
        return self._git("add", "--all", "--", *names) is not None

    def add_worktree(self, place: Path, commit: str) -> str | None:
        """Check ``commit`` out at ``place``, hooks left aside; what git says when it cannot."""
        no_hooks = ("-c", f"core.hooksPath={os.devnull}")
        command = ["git", *no_hooks, "worktree", "add", "--force", "--detach", str(place), commit]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else " ".join(done.stderr.split())

    def forget_worktree(self, place: Path) -> None:
        """Have git forget the checkout at ``place``, whose folder is gone."""
        # Not `prune`: it would forget the user's own checkouts on disks that are not mounted
        self._git("worktree", "remove", "--force", "--force", str(place))

    def files_of(self, commit: str) -> CommitFiles:
        """The files of a commit; none when there is no such commit."""
        listing = self._git("ls-tree", "-r", "-z", commit) or ""
        files = {}
        for line in listing.split("\0"):
            properties, tab, path = line.partition("\t")
            if tab:
                mode, kind, blob = properties.split()
                if kind == "blob":
                    files[path] = GitFile(mode=mode, blob=blob)
        return CommitFiles(repository=self, commit=commit, files=files)

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The content of each object, all read by one git; what there is not is left out."""
        wanted = list(dict.fromkeys(blobs))
        if not wanted:
            return {}
        output = self._bytes("cat-file", "--batch", text="\n".join(wanted) + "\n") or b""
        contents, position = {}, 0
        while position < len(output):
            end = output.index(b"\n", position)
            name, *rest = output[position:end].decode().split()
            position = end + 1
            if len(rest) == 2:  # `<type> <size>`, else `missing`
                size = int(rest[1])
                contents[name] = output[position : position + size]
                position += size + 1
        return contents

    def _git(self, *arguments: str) -> str | None:
        output = self._bytes(*arguments)
        return None if output is None else output.decode("utf-8", "surrogateescape").strip()

    def _bytes(self, *arguments: str, text: str = "") -> bytes | None:
        """What git prints; None when it fails, or is not there (a tarball without git)."""
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                input=text.encode("utf-8"),
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            return None
        return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True, kw_only=True)
class CommitFiles:
    """What git holds of one commit."""

    repository: Repository
    commit: str
    files: Mapping[str, GitFile]
    """By path, with forward slashes."""

    def read(self, path: Path | str) -> bytes | None:
        """The content of one file; None when the commit has none there."""
        name = path.as_posix() if isinstance(path, Path) else path
        return self.read_all([name]).get(name)

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """The contents of those of the files that the commit has."""
        blobs = {name: self.files[name].blob for name in names if name in self.files}
        contents = self.repository.contents(blobs.values())
        return {name: contents[blob] for name, blob in blobs.items() if blob in contents}


def current_commit() -> Commit | None:
    """The checked-out commit; None outside a repository or before its first commit."""
    repository = Repository()
    sha = repository.commit_of("HEAD")
    return None if sha is None else Commit(sha=sha, dirty=bool(repository.changed()))


def commit_that_added(text: str, path: Path) -> str | None:
    """The newest commit that changed how often ``text`` occurs in ``path``; None if none is known.

    In a shallow clone the commit may lie beyond the history that was fetched.
    """
    return Repository().commit_that_added(text, path)
