"""`ml-ci resolve`: a merge that stopped at dvc.lock, metrics/ or data.dvc, finished."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.acceptance import accept_golden
from ml_ci.artifacts.files import write_bytes
from ml_ci.base.pipeline import read_pipeline
from ml_ci.base.storage import Storage
from ml_ci.commands.dvc import run_dvc
from ml_ci.commands.repro import FINISHED, run_everything
from ml_ci.data.manifest import read_manifest
from ml_ci.data.versioning import update_data
from ml_ci.errors import UserError
from ml_ci.golden.naming import golden_images
from ml_ci.merging.answers import Whose, unite_answers
from ml_ci.merging.conflict import DATA, Conflict, check_others, read_conflict
from ml_ci.merging.side import choose_side, merged_files, take_side, to_make_again
from ml_ci.merging.union import put, read_side, unite
from ml_ci.repository import CommitFiles, Repository
from ml_ci.stages.turn import run_turn
from ml_ci.takeover.pushing import complete_remote, push_outputs


def resolve_conflict(console: Console, answers: Whose | None = None) -> int:
    """Merge the data and the golden answers, take the fitting side's dvc.lock, numbers and weights,
    run the main job.

    ``answers`` says whose golden answers count where both branches accepted others. The exit code
    is the main job's. Raises UserError when there is nothing to resolve, or there is something that
    only a person can merge. Run again after it was interrupted, it goes on.
    """
    repository = Repository()
    conflict = read_conflict(repository)
    check_others(conflict)
    with run_turn("`ml-ci resolve`"):
        if conflict.in_data:
            _merge_data(console, conflict, repository)
        if conflict.unmerged:
            _take_side(console, conflict, repository, answers)
    code = run_everything(console)
    if code not in FINISHED:
        _say(console, "not resolved yet; when that is mended, run `ml-ci resolve` again")
        return code
    _push(console, conflict)
    _stage(repository)
    _say(console, f"resolved and staged; what is left to do: {conflict.go_on}")
    return code


def _merge_data(console: Console, conflict: Conflict, repository: Repository) -> None:
    # With git's marks in it, dvc.lock would stop DVC, and the manifest us
    take_side(conflict.ours)
    write_bytes(paths.MANIFEST, conflict.ours.read(paths.MANIFEST) or b"")
    sides = conflict.base, conflict.ours, conflict.theirs
    for side in sides:
        _fetch(side)
    storage = Storage.of(Path())
    base, ours, theirs = (read_side(side, storage) for side in sides)
    union = unite(base, ours, theirs, storage.place)
    put(union, (base, ours, theirs))
    update_data(allow_removals=True)
    repository.stage(*DATA)
    count = len(union.files)
    _say(console, f"data/ holds both branches' images, {count} in all; data.dvc says so")


def _fetch(side: CommitFiles) -> None:
    """Bring the images of a side into the cache. They may be there already: a failure is no end."""
    pointer = side.read(paths.DATA_POINTER)
    if pointer is not None:
        write_bytes(paths.DATA_POINTER, pointer)
        run_dvc("fetch", "--quiet", paths.DATA_POINTER.as_posix())


def _take_side(
    console: Console, conflict: Conflict, repository: Repository, whose: Whose | None
) -> None:
    storage = Storage.of(Path())
    merged = merged_files(conflict, repository)
    side = choose_side(conflict, merged, storage)
    today = golden_images(read_manifest())
    answers = unite_answers(conflict, side, today, whose)
    take_side(side)
    if answers is not None:
        # Not in the commit that is checked out, and yet accepted: in either branch's
        accept_golden(answers, today)
    repository.stage(paths.LOCK.as_posix(), paths.METRICS.as_posix())
    name = "this branch" if side is conflict.ours else "the incoming branch"
    again = to_make_again(side, merged, storage)
    kept = (
        f"its weights fit the merged inputs, but `{'`, `'.join(again)}` has to run again"
        if again
        else "its weights fit the merged inputs and are kept"
    )
    if "train" in again:
        kept = "neither branch's weights fit the merged inputs: training again"
    _say(console, f"dvc.lock and metrics/ taken from {name} ({side.commit[:12]}); {kept}")
    if answers is not None:
        _say(console, f"{paths.GOLDEN_JSON} holds what both branches accepted of these weights")


def _push(console: Console, conflict: Conflict) -> None:
    """The weights have to be in the remote before anybody pulls this commit.

    Those of a branch that somebody else pushed are there already: not to reach the remote is no
    reason to stop then.
    """
    content = {path: path.read_bytes() for path in (paths.LOCK, paths.PIPELINE)}
    try:
        push_outputs(read_pipeline(content.get), Storage.of(Path()), _dvc, complete_remote)
    except UserError as problem:
        sides = conflict.ours.read(paths.LOCK), conflict.theirs.read(paths.LOCK)
        if content[paths.LOCK] not in sides:
            raise
        _say(console, f"it is not certain that the weights are in the data remote: {problem.what}")


def _dvc(*arguments: str) -> None:
    if run_dvc(*arguments) != 0:
        raise UserError(
            what="the weights could not be pushed to the data remote; DVC's message stands above",
            where=str(Path.cwd()),
            fix="mend that, then run `ml-ci resolve` again; nothing is trained twice",
        )


def _stage(repository: Repository) -> None:
    names = [paths.LOCK.as_posix(), paths.METRICS.as_posix(), *DATA]
    repository.stage(*names, *Storage.of(Path()).tracked_folders())


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
