"""A commit's files with one of them replaced: what git would hold if that were committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ml_ci.repository import CommitFiles


@dataclass(frozen=True, kw_only=True)
class _Overlay(CommitFiles):
    name: str
    content: bytes

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        wanted = list(names)
        contents = super().read_all(wanted)
        return contents | ({self.name: self.content} if self.name in wanted else {})


def with_file(files: CommitFiles, path: Path, content: bytes) -> CommitFiles:
    """The same files, but for ``content`` at ``path``."""
    return _Overlay(
        repository=files.repository,
        commit=files.commit,
        files=files.files,
        name=path.as_posix(),
        content=content,
    )
