"""GitHub's cache between the runs of a rehearsal: who may restore what somebody else has saved.

A run saves for its own ref, and restores what was saved for its own ref, for the branch its pull
request goes to, and for the default branch: nothing that another pull request has saved.
https://docs.github.com/actions/reference/workflows-and-actions/dependency-caching
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PREFIX = "refs/heads/"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What was saved."""

    ref: str
    key: str
    paths: str
    """As the step names them; whoever names others does not find it."""
    content: bytes


@dataclass(kw_only=True)
class Caches:
    """Of one repository."""

    entries: list[Entry] = field(default_factory=list)

    def save(self, ref: str, key: str, paths: str, workspace: Path) -> bool:
        """Whether it was new: what there is already stays as it is."""
        if any((one.ref, one.key, one.paths) == (ref, key, paths) for one in self.entries):
            return False
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for path in paths.split():
                archive.add(workspace / path, arcname=path)
        self.entries.append(Entry(ref=ref, key=key, paths=paths, content=stream.getvalue()))
        return True

    def restore(
        self, refs: Sequence[str], key: str, prefixes: Sequence[str], paths: str, workspace: Path
    ) -> str:
        """Unpack the entry of this key, else the newest whose key begins so; its key, or nothing.

        The first of ``refs`` that has one counts.
        """
        for ref in refs:
            ours = [one for one in reversed(self.entries) if (one.ref, one.paths) == (ref, paths)]
            found = [one for one in ours if one.key == key]
            for prefix in (key, *prefixes):
                found += [one for one in ours if one.key.startswith(prefix)]
            if found:
                with tarfile.open(fileobj=io.BytesIO(found[0].content)) as archive:
                    archive.extractall(workspace, filter="tar")
                return found[0].key
        return ""


def readable(ref: str, base_branch: str, default_branch: str) -> tuple[str, ...]:
    """The refs whose entries a run of ``ref`` may restore, in the order it looks."""
    return tuple(
        dict.fromkeys((ref, f"{_PREFIX}{base_branch or default_branch}", _PREFIX + default_branch))
    )
