"""Taking over: dvc.lock, metrics and weights put in place and pushed, all of it or nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_bytes, write_together
from ml_ci.base.pipeline import Pipeline, UnreadableError, read_pipeline
from ml_ci.base.storage import Storage
from ml_ci.interruption import postponed
from ml_ci.repository import Repository
from ml_ci.takeover.answers import golden_beside
from ml_ci.takeover.checking import (
    check_inputs,
    check_outputs,
    check_written,
    is_whole,
    missing_objects,
)
from ml_ci.takeover.package import OUTPUTS, Package, damaged
from ml_ci.takeover.pushing import Complete, Dvc, push_outputs

_OBJECT_MODE = 0o444  # as DVC protects what lies in its cache


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What taking a package over has changed."""

    files: tuple[Path, ...]
    """Written with another content than they had."""
    outputs: tuple[Path, ...]
    """Cached outputs that are others now."""
    objects: int
    """That DVC's cache did not have."""
    metrics: Mapping[str, tuple[float | None, float]]
    """Name → before and after, of the numbers that moved."""


def take_over(
    package: Package, repository: Repository, storage: Storage, dvc: Dvc, complete: Complete
) -> Taken:
    """Put a package in place and push its objects to the data remote.

    Raises UserError when it does not belong here, is not whole, would replace what nothing could
    bring back, or DVC fails. Whatever ends it early, an interruption included, everything is put
    back: what was in the remote stays there.
    """
    contents = {
        paths.LOCK: package.lock,
        **package.metrics,
        paths.GOLDEN_JSON: golden_beside(package.metrics[paths.GOLDEN_JSON], repository),
    }
    check_written(contents, repository)
    missing = missing_objects(package, storage)
    check_inputs(package, repository, storage)
    check_outputs(package, storage)
    before = {path: _content(path) for path in contents}
    taken = _summary(package, contents, before, len(missing))
    with ExitStack() as undo:
        for md5, source in missing.items():
            if not storage.place(md5).exists():  # else it is damaged there
                undo.callback(storage.place(md5).unlink, missing_ok=True)
            _add_object(storage.place(md5), source, md5)
        undo.callback(_restore_files, before)
        write_together(contents)
        for path in OUTPUTS:
            undo.callback(_put_back, path, existed=path.exists())
            _set_aside(path)
        dvc("checkout", "--quiet", *(path.as_posix() for path in OUTPUTS))
        push_outputs(package.pipeline, storage, dvc, complete)
        undo.pop_all()
    for path in OUTPUTS:
        _remove(_aside(path))
    return taken


def _add_object(place: Path, source: Path, md5: str) -> None:
    """Copy an object into the cache; what was copied is what was checked."""
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = place.with_name(f".{place.name}.{os.getpid()}.taken.scratch")
    try:
        shutil.copyfile(source, scratch)
        if not is_whole(scratch, md5):
            raise damaged(source, "its content changed while it was copied")
        scratch.chmod(_OBJECT_MODE)
        scratch.replace(place)
    finally:
        scratch.unlink(missing_ok=True)


def _restore_files(before: Mapping[Path, bytes | None]) -> None:
    with postponed():
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif _content(path) != content:
                write_bytes(path, content)


def _aside(path: Path) -> Path:
    """Named as a folder on its way out: the next run puts back or sweeps what a killed one left."""
    return path.with_name(f".{path.name}.{os.getpid()}.taken.scratch.old")


def _set_aside(path: Path) -> None:
    """Not left to DVC, which can give back what its cache knows and loses, by force, the rest."""
    if path.exists():
        path.replace(_aside(path))


def _put_back(path: Path, *, existed: bool) -> None:
    with postponed():
        if _aside(path).exists():
            _remove(path)
            _aside(path).replace(path)
        elif not existed:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _summary(
    package: Package,
    contents: Mapping[Path, bytes],
    before: Mapping[Path, bytes | None],
    objects: int,
) -> Taken:
    old = _pipeline(before)
    return Taken(
        files=tuple(path for path, content in contents.items() if before[path] != content),
        outputs=tuple(
            path
            for path in OUTPUTS
            if old.outputs.get(path.as_posix()) != package.pipeline.outputs[path.as_posix()]
        ),
        objects=objects,
        metrics=_moved(before[paths.METRICS_JSON], package.metrics[paths.METRICS_JSON]),
    )


def _pipeline(before: Mapping[Path, bytes | None]) -> Pipeline:
    try:
        contents = {paths.PIPELINE: _content(paths.PIPELINE), paths.LOCK: before[paths.LOCK]}
        return read_pipeline(contents.get)
    except UnreadableError:
        return Pipeline(stages={})


def _moved(before: bytes | None, after: bytes) -> dict[str, tuple[float | None, float]]:
    old, new = _numbers(before or b"{}"), _numbers(after)
    return {name: (old.get(name), value) for name, value in new.items() if old.get(name) != value}


def _numbers(content: bytes) -> dict[str, float]:
    """The numbers at the top of metrics.json; none when it is damaged."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {
        name: float(value) for name, value in document.items() if isinstance(value, int | float)
    }


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
