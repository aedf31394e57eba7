"""`ml-ci accept`: what CI measured of this commit becomes what this checkout commits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.base.storage import Storage
from ml_ci.commands.dvc import run_dvc
from ml_ci.errors import EXIT_PASS, UserError
from ml_ci.github.connection import connected
from ml_ci.github.measured_artifact import MeasuredRun, download_measured
from ml_ci.github.signed_in import sign_in, token_of_gh
from ml_ci.repository import Repository
from ml_ci.stages.turn import run_turn
from ml_ci.takeover.package import ARTIFACT, META, OUTPUTS, damaged, read_package
from ml_ci.takeover.pushing import complete_remote
from ml_ci.takeover.taking import Taken, take_over
from ml_ci.takeover.unpacking import opened


def accept_measured(
    console: Console, *, run: int | None, source: Path | None, max_mb: int, from_fork: bool = False
) -> int:
    """Take over the artifact of the workflow run ``run``, or the one at ``source``.

    At most ``max_mb`` megabytes, unpacked; of a fork's run only with ``from_fork``. Raises
    UserError, with everything as it was.
    """
    most_bytes = max_mb * 10**6
    with (
        run_turn("`ml-ci accept`"),
        _artifact(run, source, most_bytes, from_fork=from_fork) as (place, measured),
        opened(place, most_bytes=most_bytes) as folder,
    ):
        package = read_package(folder)
        if measured is not None:
            if measured.commit != package.commit:
                said = f"it names {package.commit}, and the run measured {measured.commit}"
                raise damaged(META, said)
            console.print(measured.origin, markup=False, highlight=False, soft_wrap=True)
        taken = take_over(package, Repository(), Storage.of(Path()), _dvc, complete_remote)
    for line in _said(taken, package.commit, _remote_to_commit()):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return EXIT_PASS


@contextmanager
def _artifact(
    run: int | None, source: Path | None, most_bytes: int, *, from_fork: bool
) -> Iterator[tuple[Path, MeasuredRun | None]]:
    """Where it lies, and whose run it is as GitHub says it."""
    if (run is None) == (source is None):
        raise UserError(
            what="it has to be told which measurement to take over, once",
            where="ml-ci accept",
            fix="`--run ID` with the number in the address of the workflow run, "
            "or `--from` with its downloaded artifact",
        )
    if run is None or source is not None:
        yield source or Path(), None
        return
    paths.STATE.mkdir(exist_ok=True)
    # Named as what is half written, so that the next run sweeps what a killed one left
    prefix = f".downloaded.{os.getpid()}."
    with TemporaryDirectory(dir=paths.STATE, prefix=prefix, suffix=".scratch") as scratch:
        place = Path(scratch) / "artifact.zip"
        signed_in = sign_in(os.environ, Repository().address_of("origin"), token_of_gh)
        with connected(signed_in.api, signed_in.repository, signed_in.token) as github:
            measured = download_measured(
                github, run, ARTIFACT, place, most_bytes=most_bytes, from_fork=from_fork
            )
        yield place, measured


def _dvc(*arguments: str) -> None:
    if run_dvc(*arguments) != 0:
        raise UserError(
            what=f"`dvc {' '.join(arguments)}` failed; its message stands above",
            where=str(Path.cwd()),
            fix="follow DVC's message and run the same command again; dvc.lock, metrics/, "
            f"{' and '.join(f'{path}/' for path in OUTPUTS)} are as they were",
        )


def _remote_to_commit() -> tuple[str, ...]:
    """The data remote, where it is a folder of this checkout that holds what git has not."""
    folders = Storage.of(Path()).tracked_folders()
    return tuple(folder for folder in folders if Repository().is_uncommitted(folder))


def _said(taken: Taken, commit: str, remote: tuple[str, ...]) -> Iterator[str]:
    """What happened, and what to do next."""
    if taken.files:
        yield f"taken over, measured by CI of {commit[:12]}:"
    else:
        yield f"this checkout already has what was measured of {commit[:12]}"
    for path in taken.outputs:
        yield f"  {path.as_posix()}/ replaced, and pushed to the data remote"
    for name, (before, after) in taken.metrics.items():
        yield f"  {name}: {'–' if before is None else f'{before:g}'} → {after:g}"
    files = [path.as_posix() for path in taken.files]
    if files:
        yield f"  {' '.join(files)} written"
    if remote and not taken.outputs:
        yield "  weights and models pushed to the data remote, which did not have them"
    if files or remote:
        yield "commit it:"
        yield f"  git add {' '.join((*files, *remote))}"
        yield '  git commit -m "Take over what CI measured"'
    if files:
        yield "then `make repro` measures the rest here, without training"
