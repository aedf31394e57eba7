"""DVC's storage at hand: what a folder's hash stands for, from the cache or a remote on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_bytes

DVC_FOLDER = ".dvc"
LISTINGS = paths.STATE / "listings"
"""Listings that were downloaded alone; not in the cache, where one vouches for its files."""
# Of data in a passing checkout, which are read, never written: not copied where the disk can
_LINKS = "reflink,hardlink,copy"
_LISTING = re.compile(r"[0-9a-f]{32}\.dir")
_OBJECTS = Path("files/md5")  # where DVC 3 keeps objects in a cache or remote


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Folders that hold DVC's objects; nothing is downloaded."""

    cache: Path
    others: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path) -> Storage:
        """The cache of the project in ``folder``, what ``fetch_listings`` got, and its default
        remote where that is a folder."""
        from dvc.config import Config, ConfigError  # type: ignore[import-untyped]

        state = folder.resolve() / DVC_FOLDER
        others = [folder.resolve() / LISTINGS]
        try:
            config = Config(str(state))
        except ConfigError:
            return cls(cache=state / "cache", others=tuple(others))
        remote = config["remote"].get(config["core"].get("remote"), {}).get("url", "")
        if remote and not urlparse(remote).scheme:
            others.append(state / remote)
        return cls(cache=state / (config["cache"].get("dir") or "cache"), others=tuple(others))

    def place(self, md5: str) -> Path:
        """Where the cache keeps the object with this hash."""
        return _place(self.cache, md5)

    def tracked_folders(self) -> tuple[str, ...]:
        """The default remote, while it is a folder of this checkout that git tracks."""
        here = Path.cwd().resolve()
        folders = [folder.resolve() for folder in self.others]
        below = [folder.relative_to(here) for folder in folders if folder.is_relative_to(here)]
        return tuple(path.as_posix() for path in below if path.parts[0] != paths.STATE.name)

    def listing(self, md5: str) -> Mapping[str, str] | None:
        """MD5 by path of the files in the folder with this hash; None when it is not at hand."""
        if _LISTING.fullmatch(md5) is None:  # a dvc.lock may say anything
            return None
        for folder in (self.cache, *self.others):
            try:
                entries = json.loads(_place(folder, md5).read_text(encoding="utf-8"))
                return {str(entry["relpath"]): str(entry["md5"]) for entry in entries}
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return None


def share_storage(ours: Path, theirs: Path) -> None:
    """Give the project in ``theirs`` our cache and our .dvc/config.local (credentials)."""
    from dvc.config import Config

    if not (theirs / DVC_FOLDER).is_dir():
        return  # DVC will say that there is none
    own = Config(str(ours.resolve() / DVC_FOLDER), validate=False).load_one("local")
    with Config(str(theirs / DVC_FOLDER), validate=False).edit("local", validate=False) as config:
        for section, values in own.items():
            config[section] = values
        config["cache"]["dir"] = str(Storage.of(ours).cache)
        config["cache"]["type"] = _LINKS
        config["core"]["no_scm"] = True  # a passing checkout has no git history to look after


def fetch_listings(folder: Path, hashes: Iterable[str]) -> None:
    """Download the listings with these hashes, and nothing else, from the default remote.

    What cannot be had is left out: whoever needs it says so.
    """
    from dvc.repo import Repo  # type: ignore[import-untyped]

    storage = Storage.of(folder)
    missing = [md5 for md5 in hashes if _LISTING.fullmatch(md5) and storage.listing(md5) is None]
    if not missing:
        return
    # Every kind of remote has errors of its own
    with suppress(Exception), Repo(str(folder)) as repo:
        remote = repo.cloud.get_remote_odb(command="fetch")
        for md5 in missing:
            content = remote.fs.cat_file(remote.oid_to_path(md5))
            write_bytes(_place(folder / LISTINGS, md5), content)


def folder_hash(files: Mapping[str, str]) -> str:
    """How DVC names a folder with these files: MD5 by path, relative to it."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    tree = Tree()  # type: ignore[no-untyped-call]
    for path, md5 in files.items():
        tree.add(tuple(path.split("/")), None, HashInfo("md5", md5))
    tree.digest()
    return str(tree.oid)


def _place(folder: Path, md5: str) -> Path:
    return folder / _OBJECTS / md5[:2] / md5[2:]
