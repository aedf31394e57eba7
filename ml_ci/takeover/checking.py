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
from ml_ci.data.samples import is_left_behind
from ml_ci.errors import UserError
from ml_ci.repository import Repository
from ml_ci.takeover.package import OUTPUTS, Package, damaged, is_listing, wanted_objects

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


def check_written(contents: Mapping[Path, bytes], repository: Repository) -> None:
    """Raise UserError when a file that would be replaced has changes that are not committed."""
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


def check_outputs(package: Package, storage: Storage) -> None:
    """Raise UserError when weights or models would be replaced that nothing could bring back.

    What DVC's cache or the package has can be had again; what was put there by hand cannot.
    """
    lost = [
        file.as_posix()
        for output in OUTPUTS
        for file in _files(output)
        if not _can_be_had(md5_of(file), package, storage)
    ]
    if lost:
        raise UserError(
            what=f"{', '.join(lost[:5])} would be replaced, and DVC's cache does not have it: "
            "nothing could bring it back",
            where=str(Path.cwd()),
            fix="move it away, or delete it if nobody needs it, then run the same command again",
        )


def _can_be_had(md5: str, package: Package, storage: Storage) -> bool:
    return md5 in package.objects or is_whole(storage.place(md5), md5)


def _files(output: Path) -> list[Path]:
    """Without what file managers leave behind, which DVC does not look at either."""
    if output.is_file():
        return [output]
    files = sorted(path for path in output.rglob("*") if path.is_file())
    return [path for path in files if not is_left_behind(path.relative_to(output))]


def missing_objects(package: Package, storage: Storage) -> dict[str, Path]:
    """The objects that the package has and DVC's cache here has not: MD5 → where it lies.

    One that is damaged in the cache is missing there: DVC would check it out, and push it, as it
    is. Listings come last, since each vouches for the files it names.

    Raises UserError when one is in neither, when the content of one is not what its name says,
    and when the package brings any that its dvc.lock does not name.
    """
    wanted = wanted_objects(package.pipeline, lambda md5: _listing(package, storage, md5))
    foreign = set(package.objects) - set(wanted)
    if foreign:
        raise damaged(paths.LOCK, f"it does not name the object {min(foreign)}")
    missing = {}
    for md5 in sorted(wanted, key=is_listing):
        if is_whole(storage.place(md5), md5):
            continue
        if md5 not in package.objects:
            raise damaged(paths.LOCK, f"the object {md5} is missing")
        if not is_whole(package.objects[md5], md5):
            raise damaged(package.objects[md5], "its content is not what its name says")
        missing[md5] = package.objects[md5]
    return missing


def is_whole(place: Path, md5: str) -> bool:
    """Whether the object is there, with the content that its name says."""
    return place.is_file() and md5_of(place) == md5.removesuffix(".dir")


def md5_of(path: Path) -> str:
    """Hex MD5 of a file: DVC's name for it, no protection against anybody."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()


def _listing(package: Package, storage: Storage, md5: str) -> bytes:
    if is_whole(storage.place(md5), md5):
        return storage.place(md5).read_bytes()
    place = package.objects.get(md5)
    if place is None:
        raise damaged(paths.LOCK, f"the object {md5} is missing")
    if not is_whole(place, md5):
        raise damaged(place, "its content is not what its name says")
    return place.read_bytes()


def _locked_names(package: Package) -> Mapping[str, object]:
    stages: dict[str, object] = parse_yaml(package.lock, _LOCK)["stages"]
    return stages
