"""Packing: what this checkout measured, put into a folder for `ml-ci accept` elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import new_folder, write_bytes, write_json
from ml_ci.base.pipeline import read_pipeline
from ml_ci.base.storage import Storage
from ml_ci.errors import UserError
from ml_ci.repository import Repository
from ml_ci.takeover.package import META, OBJECTS, SCHEMA_VERSION, Meta, wanted_objects


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What a package holds."""

    commit: str
    objects: int
    bytes: int
    """Of its objects, as they are: an artifact is compressed."""


def pack(output: Path, repository: Repository, storage: Storage) -> Packed:
    """Write the package of this checkout to ``output``, replacing it when all of it is there.

    dvc.lock must be up to date: ask before. Raises UserError when tracked files differ from the
    commit, apart from what the pipeline writes, so that the package would be about no commit.
    """
    commit = _measured_commit(repository)
    pipeline = read_pipeline(lambda path: path.read_bytes() if path.is_file() else None)
    wanted = wanted_objects(pipeline, lambda md5: _object(storage, md5).read_bytes())
    size = 0
    with new_folder(output) as folder:
        for md5 in wanted:
            place = folder / OBJECTS / md5[:2] / md5[2:]
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_object(storage, md5), place)
            size += place.stat().st_size
        write_bytes(folder / paths.LOCK, paths.LOCK.read_bytes())
        for path in sorted(paths.METRICS.glob("[!.]*")):
            write_bytes(folder / path, path.read_bytes())
        meta = Meta(schema_version=SCHEMA_VERSION, commit=commit)
        write_json(folder / META, meta.model_dump())
    return Packed(commit=commit, objects=len(wanted), bytes=size)


def is_written(name: str) -> bool:
    """Whether the pipeline itself writes this tracked file."""
    return name == paths.LOCK.as_posix() or name.startswith(f"{paths.METRICS.as_posix()}/")


def _measured_commit(repository: Repository) -> str:
    commit = repository.commit_of("HEAD")
    if commit is None:
        raise UserError(
            what="there is no commit that this was measured of",
            where=str(Path.cwd()),
            fix="commit first, then run `make repro`",
        )
    others = [name for name in repository.changed() if not is_written(name)]
    if others:
        raise UserError(
            what=f"files differ from the commit, so what was measured is not of it: "
            f"{', '.join(others[:5])}",
            where=commit,
            fix="commit them, then run `make repro`",
        )
    return commit


def _object(storage: Storage, md5: str) -> Path:
    place = storage.place(md5)
    if not place.is_file():
        raise UserError(
            what="an object of the measured weights or models is not in DVC's cache",
            where=str(place),
            fix="run `dvc commit` or `make repro`, which put it there",
        )
    return place
