"""The public subset: whether it lies in the place of the commit's own data, as for a fork."""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.data.manifest import Entry, parse_manifest
from ml_ci.params.forks import ForkSettings
from ml_ci.repository import Repository

FILES = (paths.DATA_POINTER, paths.MANIFEST)
"""What stands for the data; the subset's folder has its own of each."""


@dataclass(frozen=True, kw_only=True)
class PublicSubset:
    """A subset that is measured in the place of the data that the commit names."""

    folder: str
    """`forks.data`."""
    whole: tuple[Entry, ...]
    """The manifest of the commit."""


def subset_in_use(settings: ForkSettings, repository: Repository) -> PublicSubset | None:
    """The subset, when both files are those of its folder and not those of the commit.

    Told from the files themselves, so that whoever put them there need not say so.
    """
    head = repository.commit_of("HEAD")
    if not settings.data or head is None:
        return None
    theirs = {path: _content(repository, f"{settings.data}/{path.name}") for path in FILES}
    here = {path: _content(repository, path.as_posix()) for path in FILES}
    committed = repository.files_of(head).read_all(path.as_posix() for path in FILES)
    own = {path: committed.get(path.as_posix()) for path in FILES}
    if None in here.values() or here != theirs or here == own:
        return None
    try:
        whole = tuple(parse_manifest(own[paths.MANIFEST] or b""))
    except ValueError:  # a commit without a manifest names no data that could be whole
        whole = ()
    return PublicSubset(folder=settings.data, whole=whole)


def _content(repository: Repository, name: str) -> bytes | None:
    place = repository.folder / name
    return place.read_bytes() if place.is_file() else None
