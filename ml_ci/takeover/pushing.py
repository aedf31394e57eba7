"""Pushing: what dvc.lock names of weights and models, in the data remote for certain.

`dvc push` takes a folder whose listing is in the remote for complete, and files that its cache has
not for a warning; it succeeds either way, and others could not pull.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.base.pipeline import Pipeline
from ml_ci.base.storage import Storage
from ml_ci.errors import UserError
from ml_ci.takeover.package import OUTPUTS, is_listing, wanted_objects

Dvc = Callable[..., None]
"""Runs a DVC command; raises UserError when it fails."""
Complete = Callable[[Mapping[str, Path]], None]
"""Adds to the remote what it lacks of these objects: MD5 → where it lies, listings last."""


def push_outputs(pipeline: Pipeline, storage: Storage, dvc: Dvc, complete: Complete) -> None:
    """Have every object of the cached outputs in the remote. Raises UserError."""
    wanted = wanted_objects(pipeline, lambda md5: _in_cache(storage, md5).read_bytes())
    # A listing vouches for the files it names: it comes when they are there
    places = {md5: _in_cache(storage, md5) for md5 in sorted(wanted, key=is_listing)}
    dvc("push", *(path.as_posix() for path in OUTPUTS))
    complete(places)


def complete_remote(objects: Mapping[str, Path], folder: Path = Path()) -> None:
    """``Complete`` for the default remote of the project in ``folder``.

    A remote that cannot be looked into, as one that versions files itself, is left to DVC.
    """
    from dvc.config import RemoteConfigError  # type: ignore[import-untyped]
    from dvc.fs import LocalFileSystem  # type: ignore[import-untyped]
    from dvc.repo import Repo  # type: ignore[import-untyped]

    with Repo(str(folder)) as repo:
        try:
            remote = repo.cloud.get_remote_odb(command="push")
        except RemoteConfigError:
            return
        try:
            there = set(remote.oids_exist(list(objects)))
            for md5, place in objects.items():
                if md5 not in there:
                    remote.add(str(place), LocalFileSystem(), md5)
        except Exception as error:  # every kind of remote has errors of its own
            raise UserError(
                what=f"`dvc push` succeeded, and yet not all is in the data remote: {error}",
                where=str(remote.path),
                fix="mend that, then run the same command again",
            ) from error


def _in_cache(storage: Storage, md5: str) -> Path:
    place = storage.place(md5)
    if not place.is_file():
        raise UserError(
            what=f"{paths.LOCK} names weights or models that DVC's cache does not have, so they "
            "cannot be pushed to the data remote",
            where=str(place),
            fix="run `dvc pull`; where nobody has them, `make repro`, which makes them anew",
        )
    return place
