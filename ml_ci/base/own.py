"""The checked-out commit as a base for those to come: what its own run measured of it is kept.

A change from a commit whose committed numbers cannot be used has to measure that commit again. The
run about the commit has just done so; kept as `measure_base` would keep it, nobody else has to.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.base.choosing import is_changed
from ml_ci.base.keeping import BaseRecord, KeptBase
from ml_ci.base.lock import check_lock
from ml_ci.base.measuring import results_in
from ml_ci.base.numbers import read_numbers, why_not_of_this_lock
from ml_ci.base.pipeline import UnreadableError, read_pipeline
from ml_ci.base.reading import why_not_committed
from ml_ci.base.storage import Storage
from ml_ci.repository import Repository


def keep_own(repository: Repository) -> str | None:
    """Keep what was measured of the checked-out commit; the reason where that is not to be done.

    dvc.lock must be up to date: ask before.
    """
    commit = repository.commit_of("HEAD")
    if commit is None:
        return "git knows no commit here"
    if is_changed(repository):
        return "what was measured is not the commit: tracked files differ from it"
    committed = repository.files_of(commit)
    if why_not_committed(committed, check_lock(committed, Storage.of(repository.folder))) is None:
        return "its committed numbers are its own: nobody will measure it"
    try:
        files, size = results_in(repository.folder)
        reason = _why_of_another_run(repository.folder)
    except UnreadableError as error:
        reason = str(error)
    if reason is not None:
        return f"what lies in {paths.METRICS}/ cannot be used: {reason}"
    record = BaseRecord(
        outcome="measured",
        by="its own run",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        minutes=0.0,
        reason="",
        model_bytes=size,
    )
    KeptBase.of(commit, repository.folder).keep(record, files)
    return None


def is_worth_keeping(kept: KeptBase) -> bool:
    """Whether a kept base has numbers; one that was measured in vain is better tried again."""
    record = kept.record()
    if record is None or record.outcome != "measured":
        return False
    try:
        read_numbers(kept.read)
    except UnreadableError:
        return False
    return True


def _why_of_another_run(folder: Path) -> str | None:
    """Files in metrics/ may be those that were checked out, or half of a merge."""

    def read(path: Path) -> bytes | None:
        place = folder / path
        return place.read_bytes() if place.is_file() else None

    return why_not_of_this_lock(read, read_pipeline(read))
