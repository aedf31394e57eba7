"""What is known of the base: from its commit and from what was measured of it here; cheap.

Its numbers are the committed ones when its dvc.lock matches its own files and they belong to it;
else the ones measured here, when they were; else they are missing. Never those of another commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_ci.artifacts import paths
from ml_ci.base.choosing import SHOWN, Chosen, NoBase, choose_base, is_changed
from ml_ci.base.keeping import KeptBase
from ml_ci.base.lock import LockState, check_lock
from ml_ci.base.numbers import STAGES, read_numbers, why_not_of_this_lock
from ml_ci.base.pipeline import UnreadableError, parse_yaml
from ml_ci.base.reported import LockOutcome, ReportedBase, ReportedLock, Source, StageReason
from ml_ci.base.results import Base, BaseNumbers
from ml_ci.base.storage import Storage
from ml_ci.data.manifest import Entry, parse_manifest
from ml_ci.repository import CommitFiles, Repository

_NAMED = 3  # stages named in a sentence; report.json has them all, with their reasons


@dataclass(frozen=True, kw_only=True)
class BaseLook:
    """What a look at the base, and at the checked-out commit's own lock, found."""

    base: Base | None
    reported: ReportedBase
    """The same for report.json."""
    lock: ReportedLock | None
    """None when the checkout differs from its commit: then that commit is not what is measured."""
    why_measure: str
    """Why the committed numbers of the base cannot be used; empty when they can."""
    listings: tuple[str, ...]
    """Hashes of folders of the base whose listings would tell more (``fetch_listings``)."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Where the numbers of the base come from."""

    source: Source
    sentence: str
    numbers: BaseNumbers | None = None
    model_bytes: int | None = None


def read_base(repository: Repository, environment: Mapping[str, str]) -> Base | None:
    """The base of this checkout; None when there is none. Nothing is measured or downloaded."""
    return look_at_base(repository, environment).base


def look_at_base(repository: Repository, environment: Mapping[str, str]) -> BaseLook:
    """The base of this checkout and how it was found; about a second.

    ``environment`` may name another revision than the default branch (ML_CI_BASE).
    """
    chosen = choose_base(repository, environment)
    storage = Storage.of(repository.folder)
    lock = look_at_own_lock(repository, storage)
    if isinstance(chosen, NoBase):
        return BaseLook(
            base=None, reported=_no_base(chosen), lock=lock, why_measure="", listings=()
        )
    files = repository.files_of(chosen.commit)
    state = check_lock(files, storage)
    found, why = _find_committed(files, state)
    if found is None:
        found = _find_measured(KeptBase.of(chosen.commit, repository.folder), why)
    base = Base(
        commit=chosen.commit,
        branch=chosen.branch,
        behind=chosen.behind,
        ahead=chosen.ahead,
        source=found.source,
        sentence=found.sentence,
        numbers=found.numbers,
        params=_params(files),
        manifest=_manifest(files),
        model_bytes=found.model_bytes,
        stale=tuple(entry.stage for entry in state.stale),
    )
    return BaseLook(
        base=base,
        reported=_reported(base, chosen, state),
        lock=lock,
        why_measure=why,
        listings=state.listings,
    )


def why_of_another_base(
    base: ReportedBase | None, lock: ReportedLock | None, look: BaseLook
) -> str | None:
    """Why a report that says ``base`` and ``lock`` is not about what ``look`` found; None if it is.

    That the branch has moved on past the base makes no difference.
    """
    now = look.reported
    if base is None or base.commit != now.commit:
        before = "nothing" if base is None or base.commit is None else base.commit[:SHOWN]
        return f"it compares with {before}; the base is {(now.commit or 'unknown')[:SHOWN]} now"
    if (base.source, base.sentence) != (now.source, now.sentence):
        return f"the numbers of the base are others now ({now.source}: {now.sentence})"
    if base.note != now.note:
        return f"its base was chosen otherwise ({base.chosen}); now: {now.chosen}"
    if _complaint(lock) != _complaint(look.lock):
        return f"whether {paths.LOCK} belongs to its own commit has changed"
    return None


def look_at_own_lock(repository: Repository, storage: Storage) -> ReportedLock | None:
    """Whether dvc.lock and metrics/ of the checked-out commit belong to that commit.

    None without a commit, and when the checkout differs from it. What a run writes itself
    (dvc.lock, metrics/) makes no difference: it is the commit that is looked at.
    """
    head = repository.commit_of("HEAD")
    if head is None or is_changed(repository):
        return None
    files = repository.files_of(head)
    state = check_lock(files, storage)
    why = why_not_committed(files, state, whole=True)
    outcome: LockOutcome = "fresh" if why is None else "stale"
    if why is not None and not (state.problem or state.stale) and state.unchecked:
        outcome = "unknown"
    return ReportedLock(
        commit=head,
        outcome=outcome,
        stale=state.stale,
        unchecked=state.unchecked,
        sentence=_lock_sentence(head, outcome, why, [*state.stale, *state.unchecked]),
    )


def why_not_committed(files: CommitFiles, state: LockState, *, whole: bool = False) -> str | None:
    """Why the numbers in metrics/ of a commit are not those of its own files; None when they are.

    What counts are the stages that measure them and all before these; with ``whole`` every stage.
    """
    if state.problem:
        return state.problem
    absent = [stage for stage in STAGES if stage not in state.pipeline.stages]
    if absent:
        return f"its {paths.PIPELINE} has no stage {' and '.join(absent)}"
    stages = set(state.pipeline.stages) if whole else state.pipeline.with_upstream(*STAGES)
    stale = [entry for entry in state.stale if entry.stage in stages]
    if stale:
        return f"its {paths.LOCK} is stale: {_names(stale)}"
    unchecked = [entry for entry in state.unchecked if entry.stage in stages]
    if unchecked:
        return f"it cannot be told whether its {paths.LOCK} is stale: {_names(unchecked)}"
    return why_not_of_this_lock(files.read, state.pipeline)


def _find_committed(files: CommitFiles, state: LockState) -> tuple[_Found | None, str]:
    """The committed numbers, or why they cannot be used."""
    why = why_not_committed(files, state)
    if why is not None:
        return None, why
    try:
        numbers = read_numbers(files.read)
    except UnreadableError as error:
        return None, str(error)
    found = _Found(
        source="committed",
        sentence=f"committed there; its {paths.LOCK} matches its own files",
        numbers=numbers,
        model_bytes=state.pipeline.sizes.get(paths.MODELS.as_posix()),
    )
    return found, ""


def _find_measured(kept: KeptBase, why: str) -> _Found:
    """What was measured here because of ``why``, or why there are no numbers at all."""
    record = kept.record()
    if record is None:
        sentence = f"{why}; and it has not been measured here, which `ml-ci repro` does"
        return _Found(source="missing", sentence=sentence)
    if record.outcome != "measured":
        sentence = f"{why}; and measuring it here was in vain: {record.reason}"
        return _Found(source="missing", sentence=sentence)
    try:
        numbers = read_numbers(kept.read)
    except UnreadableError as error:
        return _Found(source="missing", sentence=f"{why}; and of what was measured here, {error}")
    by = "here" if record.by == "a checkout beside" else "by its own run"
    return _Found(
        source="measured",
        sentence=f"measured {by}, {record.created}, because {why}",
        numbers=numbers,
        model_bytes=record.model_bytes,
    )


def _names(entries: Sequence[StageReason]) -> str:
    """The first stages, and how many more there are."""
    more = len(entries) - _NAMED
    named = ", ".join(entry.stage for entry in entries[:_NAMED])
    return named + (f" and {more} more" if more > 0 else "")


def _complaint(lock: ReportedLock | None) -> str:
    return "" if lock is None or lock.outcome == "fresh" else lock.sentence


def _no_base(reason: NoBase) -> ReportedBase:
    return ReportedBase(
        commit=None,
        branch=None,
        behind=0,
        ahead=0,
        chosen=reason.sentence,
        note=reason.note,
        source="missing",
        sentence="there is nothing to compare with",
        stale=(),
        unchecked=(),
    )


def _reported(base: Base, chosen: Chosen, state: LockState) -> ReportedBase:
    return ReportedBase(
        commit=base.commit,
        branch=base.branch,
        behind=base.behind,
        ahead=base.ahead,
        chosen=chosen.sentence,
        note=chosen.note,
        source=base.source,
        sentence=base.sentence,
        stale=state.stale,
        unchecked=state.unchecked,
    )


def _lock_sentence(
    commit: str, outcome: LockOutcome, why: str | None, entries: Sequence[StageReason]
) -> str:
    """With the reason of the first stage: what the others have is mostly what comes of it."""
    if outcome == "fresh":
        return f"{paths.LOCK} and {paths.METRICS}/ of {commit[:SHOWN]} belong to its own files"
    of_which = f"{entries[0].stage}: " if len(entries) > 1 else ""
    first = f" ({of_which}{entries[0].reason})" if entries else ""
    if outcome == "unknown":
        return f"{commit[:SHOWN]}: {why}{first}"
    # The remedy first: long reasons are cut in tables
    remedy = f"`ml-ci repro` and a commit of {paths.LOCK} and {paths.METRICS}/"
    return f"{commit[:SHOWN]} needs {remedy}: {why}{first}"


def _params(files: CommitFiles) -> Mapping[str, Any]:
    try:
        content = parse_yaml(files.read(paths.PARAMS) or b"", paths.PARAMS.as_posix())
    except UnreadableError:
        return {}
    return content if isinstance(content, dict) else {}


def _manifest(files: CommitFiles) -> tuple[Entry, ...]:
    try:
        return tuple(parse_manifest(files.read(paths.MANIFEST) or b""))
    except ValueError:
        return ()
