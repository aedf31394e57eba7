"""Checking: does a package belong to this checkout, and is it whole?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.base.lock import LockState, check_lock
from ml_ci.base.overlay import with_file
from ml_ci.base.pipeline import parse_yaml
from ml_ci.base.storage import Storage, fetch_listings
from ml_ci.errors import UserError
from ml_ci.repository import Repository
from ml_ci.takeover.package import Package, damaged, wanted_objects

_LOCK = paths.LOCK.as_posix()


def check_inputs(package: Package, repository: Repository, storage: Storage) -> None:
    """Raise UserError unless the package was measured from the very inputs of the commit here.

    Its dvc.lock is held against the checked-out commit: commands, code, params and data. So it may
    have been measured of another commit, as long as that one differs in nothing that counts. Its
    objects have to be checked before (``missing_objects``).
    """
    commit = repository.commit_of("HEAD")
    if commit is None:
        raise UserError(what="there is no commit here", where=str(Path.cwd()), fix="commit first")
    overlaid = with_file(repository.files_of(commit), paths.LOCK, package.lock)
    # What a stage read of another's output only the package can tell
    storage = replace(storage, others=(*storage.others, package.cache))
    state = check_lock(overlaid, storage)
    if state.listings:
        fetch_listings(Path(), state.listings)
        state = check_lock(overlaid, storage)
    foreign = set(_locked_names(package)) - set(package.pipeline.stages)
    if foreign:
        raise damaged(paths.LOCK, f"{paths.PIPELINE} has no stage `{min(foreign)}`")
    _refuse(state, package.commit, commit)


def _refuse(state: LockState, measured: str, here: str) -> None:
    if state.problem:
        raise damaged(paths.LOCK, state.problem)
    reasons = [f"{one.stage}: {one.reason}" for one in (*state.stale, *state.unchecked)]
    if reasons and measured != here and state.stale:
        raise UserError(
            what=f"that run measured {measured[:12]}, and the checkout is at {here[:12]}, which "
            f"differs in what counts ({'; '.join(reasons[:3])})",
            where=_LOCK,
            fix=f"check that commit out (`git switch` to its branch, `git pull`), "
            f"or take the run of {here[:12]}",
        )
    if state.stale:
        raise damaged(paths.LOCK, f"it does not match its own commit ({'; '.join(reasons[:3])})")
    if reasons:
        raise UserError(
            what=f"it cannot be told here whether that run measured the same data: {reasons[0]}",
            where=_LOCK,
            fix="run `dvc pull`, then the same command again",
        )


def check_written(package: Package, repository: Repository) -> None:
    """Raise UserError when a file that would be replaced has changes that are not committed."""
    contents = {paths.LOCK: package.lock, **package.metrics}
    committed = repository.files_of("HEAD").read_all([path.as_posix() for path in contents])
    changed = [
        path.as_posix()
        for path, content in contents.items()
        if path.exists() and path.read_bytes() not in (content, committed.get(path.as_posix()))
    ]
    if changed:
        raise UserError(
            what=f"{', '.join(changed)} would be replaced, with changes that are not committed",
            where=str(Path.cwd()),
            fix=f"commit them, or drop them with `git restore {' '.join(changed)}`",
        )


def missing_objects(package: Package, storage: Storage) -> dict[str, Path]:
    """The objects that the package has and DVC's cache here has not: MD5 → where it lies.

    Raises UserError when one is in neither, when the content of one is not what its name says,
    and when the package brings any that its dvc.lock does not name.
    """
    wanted = wanted_objects(package.pipeline, lambda md5: _listing(package, storage, md5))
    foreign = set(package.objects) - set(wanted)
    if foreign:
        raise damaged(paths.LOCK, f"it does not name the object {min(foreign)}")
    missing = {}
    for md5 in wanted:
        if storage.place(md5).is_file():
            continue
        if md5 not in package.objects:
            raise damaged(paths.LOCK, f"the object {md5} is missing")
        if md5_of(package.objects[md5]) != md5.removesuffix(".dir"):
            raise damaged(package.objects[md5], "its content is not what its name says")
        missing[md5] = package.objects[md5]
    return missing


def md5_of(path: Path) -> str:
    """Hex MD5 of a file: DVC's name for it, no protection against anybody."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()


def _listing(package: Package, storage: Storage, md5: str) -> bytes:
    for place in (storage.place(md5), package.objects.get(md5)):
        if place is not None and place.is_file():
            if md5_of(place) != md5.removesuffix(".dir"):
                raise damaged(place, "its content is not what its name says")
            return place.read_bytes()
    raise damaged(paths.LOCK, f"the object {md5} is missing")


def _locked_names(package: Package) -> Mapping[str, object]:
    stages: dict[str, object] = parse_yaml(package.lock, _LOCK)["stages"]
    return stages
