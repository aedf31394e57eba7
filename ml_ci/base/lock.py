"""The freshness of a commit's dvc.lock: does it match the files of that very commit?

Told from git's objects and DVC's listings, so that it works for any commit, also where nothing of
it is checked out. It is what `dvc status` would say of a checkout of the commit, but for outputs:
that they lie somewhere is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_ci.artifacts import paths
from ml_ci.base.contents import Contents, UncheckableError
from ml_ci.base.pipeline import (
    LockedStage,
    Pipeline,
    Stage,
    UnreadableError,
    parse_yaml,
    read_pipeline,
)
from ml_ci.base.reported import StageReason
from ml_ci.base.storage import Storage
from ml_ci.repository import CommitFiles

_NAMED = 3  # how many reasons of one stage are named before the rest is counted
_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class LockState:
    """What a look at a commit's dvc.lock found."""

    problem: str
    """Why there is nothing to look at (no dvc.lock, damaged); empty when there is."""
    pipeline: Pipeline
    """Empty when there is a problem."""
    stale: tuple[StageReason, ...]
    """Stages whose entry does not match, in the order of dvc.yaml."""
    unchecked: tuple[StageReason, ...]
    """Stages of which it cannot be told here."""
    listings: tuple[str, ...]
    """Hashes of folders whose listings would tell more (``fetch_listings``)."""

    @property
    def is_fresh(self) -> bool:
        """Whether every stage was looked at and matches."""
        return not (self.problem or self.stale or self.unchecked)


def check_lock(files: CommitFiles, storage: Storage) -> LockState:
    """Hold every stage's entry in dvc.lock against the commit's own files."""
    try:
        pipeline = read_pipeline(files.read)
        wanted = [dep for stage in pipeline.stages.values() for dep in stage.deps]
        contents = Contents.of(files, storage, pipeline.outputs, wanted)
        params = _params_files(pipeline, files)
    except UnreadableError as error:
        empty = Pipeline(stages={})
        return LockState(problem=str(error), pipeline=empty, stale=(), unchecked=(), listings=())
    looks = [_look(stage, contents, params) for stage in pipeline.stages.values()]
    doubtful = [look for look in looks if look.doubts and not look.differences]
    return LockState(
        problem="",
        pipeline=pipeline,
        stale=tuple(_reason(look.stage, look.differences) for look in looks if look.differences),
        unchecked=tuple(
            _reason(look.stage, [str(doubt) for doubt in look.doubts]) for look in doubtful
        ),
        listings=tuple(
            dict.fromkeys(doubt.listing for look in looks for doubt in look.doubts if doubt.listing)
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Look:
    stage: Stage
    differences: Sequence[str] = ()
    doubts: Sequence[UncheckableError] = ()


def _look(stage: Stage, contents: Contents, params: Mapping[str, Any]) -> _Look:
    """What differs, and what cannot be told."""
    locked = stage.locked
    if stage.odd:
        doubt = UncheckableError(f"its use of {stage.odd} in {paths.PIPELINE} is not understood")
        return _Look(stage=stage, doubts=[doubt])
    if locked is None:
        return _Look(stage=stage, differences=[f"it has no entry in {paths.LOCK}"])
    differences = ["its command changed"] if stage.command != locked.command else []
    doubts = []
    for dep in stage.deps:
        try:
            now = contents.hash_of(dep)
        except UncheckableError as doubt:
            doubts.append(doubt)
            continue
        if now is None:
            differences.append(f"`{dep}` is missing")
        elif now != locked.deps.get(dep):
            differences.append(f"`{dep}` {'changed' if dep in locked.deps else 'is new'}")
    differences += _changed_params(stage, locked, params)
    differences += [f"its output `{out}` is new" for out in stage.outs if out not in locked.outs]
    return _Look(stage=stage, differences=differences, doubts=doubts)


def _changed_params(stage: Stage, locked: LockedStage, params: Mapping[str, Any]) -> Iterator[str]:
    for name, key in stage.params:
        before = locked.params.get(name, {})
        was = before if key is None else before.get(key, _MISSING)
        value = _value(params.get(name), key)
        if value is _MISSING or was is _MISSING or value != was:
            yield f"`{key or name}` changed in {name}"


def _params_files(pipeline: Pipeline, files: CommitFiles) -> dict[str, Any]:
    names = {name for stage in pipeline.stages.values() for name, _ in stage.params}
    return {name: parse_yaml(content, name) for name, content in files.read_all(names).items()}


def _value(document: Any, key: str | None) -> Any:
    """The value at a dotted key."""
    for part in () if key is None else key.split("."):
        if not isinstance(document, dict) or part not in document:
            return _MISSING
        document = document[part]
    return _MISSING if document is None and key is None else document


def _reason(stage: Stage, reasons: Sequence[str]) -> StageReason:
    named = list(dict.fromkeys(reasons))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return StageReason(stage=stage.name, reason=", ".join(named[:_NAMED]) + more)
