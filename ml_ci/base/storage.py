"""DVC's storage at hand: what a folder's hash stands for, from the cache or a remote on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

_OBJECTS = Path("files/md5")  # where DVC 3 keeps objects in a cache or remote


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Folders that hold DVC's objects; nothing is downloaded."""

    folders: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path) -> Storage:
        """The cache of the project in ``folder``, and its default remote where that is a folder."""
        from dvc.config import Config, ConfigError  # type: ignore[import-untyped]

        state = folder.resolve() / ".dvc"
        try:
            config = Config(state)
        except ConfigError:
            return cls(folders=(state / "cache",))
        found = [Path(config["cache"].get("dir") or state / "cache")]
        remote = config["remote"].get(config["core"].get("remote"), {}).get("url", "")
        if remote and not urlparse(remote).scheme:
            found.append(Path(remote))
        return cls(folders=tuple((state / path).resolve() for path in found))

    def listing(self, md5: str) -> Mapping[str, str] | None:
        """MD5 by path of the files in the folder with this hash; None when it is not at hand."""
        for folder in self.folders:
            path = folder / _OBJECTS / md5[:2] / md5[2:]
            try:
                entries = json.loads(path.read_text(encoding="utf-8"))
                return {str(entry["relpath"]): str(entry["md5"]) for entry in entries}
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return None


def folder_hash(files: Mapping[str, str]) -> str:
    """How DVC names a folder with these files: MD5 by path, relative to it."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    tree = Tree()  # type: ignore[no-untyped-call]
    for path, md5 in files.items():
        tree.add(tuple(path.split("/")), None, HashInfo("md5", md5))
    tree.digest()
    return str(tree.oid)
