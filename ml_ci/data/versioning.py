"""Versioning: data.dvc, the manifest and the data remote, changed together or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_bytes
from ml_ci.data.manifest import (
    POINTER,
    Difference,
    Entry,
    compare,
    files,
    hash_of_pointer,
    images_and_tables,
    read_manifest,
    some_of,
    write_manifest,
)
from ml_ci.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Update:
    """What ``update_data`` changed, by the manifest."""

    differences: tuple[Difference, ...]
    files: int
    """How many data files there are now."""


def run_dvc(*arguments: str) -> None:
    """Run the DVC of this environment. Raises UserError with its last words when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise UserError(
            what=f"`dvc {' '.join(arguments)}` failed: {' '.join(said[-3:])}",
            where=str(Path.cwd()),
            fix="follow DVC's message; data.dvc and the manifest are as they were",
        )


def update_data(*, allow_removals: bool = False, dvc: Callable[..., None] = run_dvc) -> Update:
    """Make data.dvc, the manifest and the remote say what data/ holds now.

    Raises UserError, with data.dvc and the manifest as they were, when a step fails; and when
    files of the manifest are gone without ``allow_removals``, because a folder that was pulled only
    half looks exactly so. What was pushed by then stays in the remote, where nothing refers to it.
    """
    before = images_and_tables(read_manifest()) if paths.MANIFEST.exists() else []
    _refuse_removals(before, allow_removals)
    kept = {path: _content(path) for path in (paths.DATA_POINTER, paths.MANIFEST)}
    try:
        dvc("add", paths.DATA.as_posix())
        after = images_and_tables(write_manifest())
        dvc("push", paths.DATA_POINTER.as_posix())
    except BaseException:  # an interrupt, too, must leave both as they were
        for path, content in kept.items():
            _put_back(path, content)
        raise
    return Update(differences=tuple(compare(before, after)), files=len(after))


def restore_pointer(*, root: Path = Path()) -> bool:
    """Put the data.dvc back that the manifest belongs to, when DVC has rewritten it.

    Returns whether it did. The content comes from git (index, then last commit) and is taken only
    if the manifest's hash of data.dvc says it is the right one.
    """
    pointer = root / paths.DATA_POINTER
    wanted = {entry.path: entry.sha256 for entry in read_manifest(root / paths.MANIFEST)}
    digest = wanted.get(POINTER)
    if digest is None or (pointer.exists() and hash_of_pointer(pointer.read_bytes()) == digest):
        return False
    for revision in ("", "HEAD"):
        shown = subprocess.run(
            ["git", "show", f"{revision}:./{pointer.name}"],
            cwd=root,
            capture_output=True,
            check=False,
        )
        if shown.returncode == 0 and hash_of_pointer(shown.stdout) == digest:
            write_bytes(pointer, shown.stdout)
            return True
    return False


def _refuse_removals(before: list[Entry], allowed: bool) -> None:
    if not paths.DATA.is_dir():
        raise UserError(
            what="there is no data folder",
            where=str(paths.DATA),
            fix="run `dvc pull`, or put your own images there",
        )
    gone = [entry.path for entry in before if not (paths.DATA / entry.path).is_file()]
    if gone and not allowed:
        raise UserError(
            what=f"{files(len(gone))} of the manifest gone from data/: {some_of(gone)}",
            where=str(paths.DATA),
            fix="run `dvc pull` if you did not delete them; "
            "if you did, say so with `ml-ci data update --allow-removals`",
        )


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        write_bytes(path, content)
