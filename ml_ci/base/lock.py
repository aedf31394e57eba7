"""The freshness of a commit's dvc.lock: does it match the files of that very commit?

Told from git's objects and DVC's listings, so that it works for any commit, also where nothing of
it is checked out. It is what `dvc status` would say of a checkout of the commit, but for outputs:
that they lie somewhere is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_ci.artifacts import paths
from ml_ci.base.contents import Contents, UncheckableError
from ml_ci.base.pipeline import Pipeline, Stage, UnreadableError, parse_yaml, read_pipeline
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

    @property
    def is_fresh(self) -> bool:
        """Whether every stage was looked at and matches."""
        return not (self.problem or self.stale or self.unchecked)


def check_lock(files: CommitFiles, storage: Storage) -> LockState:
    """Hold every stage's entry in dvc.lock against the commit's own files."""
    try:
        pipeline = read_pipeline(files)
        wanted = [dep for stage in pipeline.stages.values() for dep in stage.deps]
        contents = Contents.of(files, storage, pipeline.outputs, wanted)
        params = _params_files(pipeline, files)
    except UnreadableError as error:
        empty = Pipeline(stages={})
        return LockState(problem=str(error), pipeline=empty, stale=(), unchecked=())
    stale, unchecked = [], []
    for stage in pipeline.stages.values():
        differences, doubts = _look(stage, contents, params)
        if differences:
            stale.append(_reason(stage, differences))
        elif doubts:
            unchecked.append(_reason(stage, doubts))
    return LockState(problem="", pipeline=pipeline, stale=tuple(stale), unchecked=tuple(unchecked))


def _look(
    stage: Stage, contents: Contents, params: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """What differs, and what cannot be told."""
    locked = stage.locked
    if stage.odd:
        return [], [f"its use of {stage.odd} in {paths.PIPELINE} is not understood here"]
    if locked is None:
        return [f"it has no entry in {paths.LOCK}"], []
    differences = ["its command changed"] if stage.command != locked.command else []
    doubts = []
    for dep in stage.deps:
        try:
            now = contents.hash_of(dep)
        except UncheckableError as reason:
            doubts.append(str(reason))
            continue
        if now is None:
            differences.append(f"`{dep}` is missing")
        elif now != locked.deps.get(dep):
            differences.append(f"`{dep}` {'changed' if dep in locked.deps else 'is new'}")
    for name, key in stage.params:
        before = locked.params.get(name, {})
        value = _value(params.get(name), key)
        was = before if key is None else before.get(key, _MISSING)
        if value is _MISSING or was is _MISSING or value != was:
            differences.append(f"`{key or name}` changed in {name}")
    differences += [f"its output `{out}` is new" for out in stage.outs if out not in locked.outs]
    return differences, doubts


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


def _reason(stage: Stage, reasons: list[str]) -> StageReason:
    named = list(dict.fromkeys(reasons))
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return StageReason(stage=stage.name, reason=", ".join(named[:_NAMED]) + more)
