"""The contents of a commit as DVC would hash them, from git's objects and DVC's listings alone."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ml_ci.base.pipeline import UnreadableError, is_within, parse_yaml
from ml_ci.base.storage import Storage, folder_hash
from ml_ci.repository import CommitFiles

_POINTER = ".dvc"
_IGNORE = ".dvcignore"
_SYMBOLIC_LINK = "120000"
_LARGE_FILE = b"version https://git-lfs"  # how a file of Git LFS begins in git


class UncheckableError(Exception):
    """The hash cannot be told here; the message says why."""

    def __init__(self, reason: str, listing: str = "") -> None:
        self.listing = listing
        """The hash of DVC's listing that would tell."""
        super().__init__(reason)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Hashes of one commit's paths."""

    files: CommitFiles
    storage: Storage
    tracked: Mapping[str, str | None]
    """MD5 by path of what DVC keeps: stages' outputs, None for one that dvc.lock does not have, and
    what .dvc files of the commit name."""
    blobs: Mapping[str, bytes]
    """Files of git that were read beforehand, by path."""
    is_ignored: Callable[[str], bool]
    """Whether a .dvcignore of the commit leaves a path out."""

    @classmethod
    def of(
        cls,
        files: CommitFiles,
        storage: Storage,
        outputs: Mapping[str, str | None],
        wanted: Iterable[str],
    ) -> Contents:
        """To be asked for the paths ``wanted``; ``outputs`` are those of stages, with their MD5.

        Raises UnreadableError when a .dvc file of the commit is damaged.
        """
        asked = [name for name in files.files if any(is_within(name, path) for path in set(wanted))]
        return cls(
            files=files,
            storage=storage,
            tracked={**_pointed_at(files), **outputs},
            blobs=files.read_all(asked),
            is_ignored=_ignore_rule(files),
        )

    def hash_of(self, path: str) -> str | None:
        """The MD5 of a file, or of a folder with `.dir` behind it; None when there is nothing.

        Raises UncheckableError.
        """
        path = posixpath.normpath(path)
        if path in self.tracked:
            return self._tracked(path)
        for kept in self.tracked:
            if is_within(path, kept):
                return self._inside(kept, posixpath.relpath(path, kept))
        if path in self.files.files:
            return self._file(path)
        return self._folder(path)

    def _inside(self, kept: str, name: str) -> str | None:
        listing = self._listing(kept)
        if name in listing:
            return listing[name]
        below = {
            path.removeprefix(f"{name}/"): md5
            for path, md5 in listing.items()
            if path.startswith(f"{name}/")
        }
        return folder_hash(below) if below else None

    def _listing(self, kept: str) -> Mapping[str, str]:
        md5 = self._tracked(kept)
        if not md5.endswith(".dir"):
            return {}
        listing = self.storage.listing(md5)
        if listing is None:
            raise UncheckableError(f"what `{kept}` held is not known here ({md5})", md5)
        return listing

    def _tracked(self, path: str) -> str:
        md5 = self.tracked[path]
        if md5 is None:
            raise UncheckableError(f"what `{path}` held is not in dvc.lock")
        return md5

    def _file(self, path: str) -> str:
        content = self.blobs.get(path)
        if content is None or self.files.files[path].mode == _SYMBOLIC_LINK:
            raise UncheckableError(f"`{path}` is a link or not in this clone")
        if content.startswith(_LARGE_FILE):
            raise UncheckableError(f"`{path}` is kept by Git LFS")
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    def _folder(self, path: str) -> str | None:
        """As DVC finds it: files of git and of DVC, those of .dvcignore left out."""
        prefix = "" if path == "." else f"{path}/"
        in_git = [name for name in self.files.files if name.startswith(prefix)]
        kept = [name for name in self.tracked if name.startswith(prefix)]
        if not in_git and not kept:
            return None
        found = {
            name.removeprefix(prefix): self._file(name)
            for name in in_git
            if not self.is_ignored(name)
        }
        for name in kept:
            inner = name.removeprefix(prefix)
            if self._tracked(name).endswith(".dir"):
                listing = self._listing(name)
                found |= {f"{inner}/{below}": md5 for below, md5 in listing.items()}
            else:
                found[inner] = self._tracked(name)
        return folder_hash(found)


def _and_folders_of(path: str) -> Iterator[str]:
    """The path, and every folder it lies in."""
    yield path
    while path:
        path = posixpath.dirname(path)
        yield path or "."


def _pointed_at(files: CommitFiles) -> dict[str, str]:
    """MD5 by path of what the commit's .dvc files name."""
    pointers = [
        name
        for name in files.files
        if name.endswith(_POINTER) and posixpath.basename(name) != _POINTER
    ]
    found = {}
    for name, content in files.read_all(pointers).items():
        pointer = parse_yaml(content, name)
        try:
            folder = posixpath.join(posixpath.dirname(name), str(pointer.get("wdir", ".")))
            for out in pointer["outs"]:
                found[posixpath.normpath(posixpath.join(folder, out["path"]))] = str(out["md5"])
        except (KeyError, TypeError, AttributeError) as error:
            raise UnreadableError(f"{name} is damaged: {error!r}") from None
    return found


def _ignore_rule(files: CommitFiles) -> Callable[[str], bool]:
    """DVC's own reading of every .dvcignore in the commit."""
    from dvc.ignore import DvcIgnorePatterns  # type: ignore[import-untyped]

    names = [name for name in files.files if posixpath.basename(name) == _IGNORE]
    rules = [
        (
            posixpath.dirname(name),
            DvcIgnorePatterns(content.decode("utf-8", "replace").splitlines(), "/", "/"),
        )
        for name, content in files.read_all(names).items()
    ]

    def is_ignored(path: str) -> bool:
        return any(
            _matches(patterns, posixpath.relpath(path, folder) if folder else path)
            for folder, patterns in rules
            if not folder or is_within(path, folder)
        )

    def _matches(patterns: DvcIgnorePatterns, path: str) -> bool:
        """A folder that is left out takes all below it along."""
        parts = path.split("/")
        folders = ["/" + "/".join(parts[:depth]) for depth in range(len(parts))]
        return any(
            bool(patterns.matches(folder, part, depth < len(parts) - 1))
            for depth, (folder, part) in enumerate(zip(folders, parts, strict=True))
        )

    return is_ignored
