"""A checkout of the base beside ours, for as long as it is measured: a git worktree.

It shares DVC's cache, remotes and credentials with ours; what it makes besides is thrown away.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.base.storage import share_storage
from ml_ci.errors import UserError
from ml_ci.interruption import postponed
from ml_ci.repository import Repository

# Not below .ml-ci/bases, which CI keeps: a run that was killed must not have a checkout kept too
CHECKOUT = paths.STATE / "base-checkout"


@contextmanager
def base_checkout(repository: Repository, commit: str) -> Iterator[Path]:
    """The project's folder in a new worktree of ``commit``, taken away again afterwards.

    Raises UserError when git cannot make it.
    """
    remove_left_over(repository)
    place = (repository.folder / CHECKOUT).resolve()
    try:
        said = repository.add_worktree(place, commit)
        if said is not None:
            raise UserError(
                what=f"git could not check out the base: {said}",
                where=str(CHECKOUT),
                fix="see to what git says; `git worktree list` shows what it knows",
            )
        folder = place / repository.prefix()
        share_storage(repository.folder, folder)
        yield folder
    finally:
        with postponed():
            remove_left_over(repository)


def remove_left_over(repository: Repository) -> None:
    """Take the checkout away, also one that a killed run has left."""
    place = (repository.folder / CHECKOUT).resolve()
    if place.exists():
        shutil.rmtree(place, ignore_errors=True)
        repository.forget_worktree(place)
