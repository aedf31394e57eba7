"""The side whose dvc.lock, metrics and weights fit what the merge has made of the inputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_together
from ml_ci.base.lock import LockState, check_lock
from ml_ci.base.overlay import with_file
from ml_ci.base.storage import Storage, fetch_listings
from ml_ci.merging.conflict import Conflict, is_measured
from ml_ci.repository import CommitFiles, Repository

MAKING = ("train", "export")
"""Stages whose outputs are cached: what a side can spare us."""


def choose_side(conflict: Conflict, merged: CommitFiles, storage: Storage) -> CommitFiles:
    """The side of whose cached outputs most can be kept, the incoming one when it is even.

    ``merged`` holds the inputs as they are merged. A branch that trained anew is the one to keep;
    where neither fits, both changed what the weights depend on, and they are trained again.
    """
    return min(
        (conflict.theirs, conflict.ours),
        key=lambda side: len(to_make_again(side, merged, storage)),
    )


def to_make_again(side: CommitFiles, merged: CommitFiles, storage: Storage) -> list[str]:
    """The stages with cached outputs for which the side's dvc.lock does not fit."""
    lock = side.read(paths.LOCK)
    if lock is None:
        return list(MAKING)
    state = _state(with_file(merged, paths.LOCK, lock), storage)
    if state.problem:
        return list(MAKING)
    unfit = {one.stage for one in (*state.stale, *state.unchecked)}
    return [stage for stage in MAKING if stage in unfit]


def take_side(side: CommitFiles) -> tuple[Path, ...]:
    """Write dvc.lock and metrics/ as the side has them; returns the files."""
    contents = side.read_all(name for name in side.files if is_measured(name))
    write_together({Path(name): content for name, content in contents.items()})
    return tuple(Path(name) for name in contents)


def merged_files(conflict: Conflict, repository: Repository) -> CommitFiles:
    """The files as they are merged: git's index, without what the pipeline writes."""
    staged = repository.staged()
    return replace(
        conflict.ours,
        files={name: file for name, file in staged.items() if not is_measured(name)},
    )


def _state(files: CommitFiles, storage: Storage) -> LockState:
    state = check_lock(files, storage)
    if state.listings:
        fetch_listings(Path(), state.listings)
        state = check_lock(files, storage)
    return state
