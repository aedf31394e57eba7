"""The pipeline of one commit: what its dvc.yaml declares and what its dvc.lock holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from ml_ci.artifacts import paths
from ml_ci.params.parsing import parsed

Read = Callable[[Path], bytes | None]
"""The content of a file, None when there is none."""
# Of DVC's own language we read what this template uses; anything else is said, not guessed at.
_UNKNOWN_KEYS = ("foreach", "matrix", "wdir", "vars", "always_changed")
_OUTPUT_KEYS = ("outs", "metrics", "plots")


class UnreadableError(Exception):
    """A file of the commit that is missing or not what it should be; the message says which."""


@dataclass(frozen=True, kw_only=True)
class LockedStage:
    """What dvc.lock holds of one stage."""

    command: Any
    deps: Mapping[str, str]
    """MD5 by path; that of a folder ends in `.dir`."""
    params: Mapping[str, Mapping[str, Any]]
    """Values by file and key."""
    outs: Mapping[str, str]
    sizes: Mapping[str, int]
    """Bytes of each output."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage as dvc.yaml declares it, and as dvc.lock has it."""

    name: str
    command: Any
    deps: tuple[str, ...]
    params: tuple[tuple[str, str | None], ...]
    """File and dotted key; no key means the whole file."""
    outs: tuple[str, ...]
    locked: LockedStage | None
    odd: str
    """What of DVC's language it uses that is not understood here; empty when nothing."""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """All stages, by name, in the order of dvc.yaml."""

    stages: Mapping[str, Stage]

    @property
    def outputs(self) -> dict[str, str | None]:
        """MD5 of every output, by path; None for one that dvc.lock does not have."""
        return {
            path: stage.locked.outs.get(path) if stage.locked else None
            for stage in self.stages.values()
            for path in stage.outs
        }

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of every locked output, by path."""
        return {
            path: size
            for stage in self.stages.values()
            if stage.locked is not None
            for path, size in stage.locked.sizes.items()
        }

    def with_upstream(self, *names: str) -> set[str]:
        """These stages and every stage whose output they need, directly or not."""
        needed, waiting = set[str](), [name for name in names if name in self.stages]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                deps = self.stages[name].deps
                waiting += [
                    other.name
                    for other in self.stages.values()
                    if any(is_within(dep, out) for dep in deps for out in other.outs)
                ]
        return needed


def is_within(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or lies below it."""
    return path == folder or path.startswith(f"{folder}/")


def read_pipeline(read: Read) -> Pipeline:
    """The pipeline of a commit. Raises UnreadableError when it has none that can be read."""
    declared = _mapping(read, paths.PIPELINE).get("stages")
    locked = _mapping(read, paths.LOCK).get("stages")
    if not isinstance(declared, dict) or not isinstance(locked, dict):
        raise UnreadableError(f"{paths.PIPELINE} or {paths.LOCK} names no stages")
    try:
        stages = {name: _stage(name, stage, locked.get(name)) for name, stage in declared.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"{paths.PIPELINE} or {paths.LOCK} is damaged: {error!r}") from None
    return Pipeline(stages=stages)


def parse_yaml(content: bytes, name: str) -> Any:
    """As DVC reads it; shared. Raises UnreadableError when it is no YAML."""
    try:
        return parsed(content.decode("utf-8"))
    except (YAMLError, ValueError) as error:
        raise UnreadableError(f"{name} is not valid YAML: {type(error).__name__}") from None


def _mapping(read: Read, path: Path) -> dict[str, Any]:
    content = read(path)
    if content is None:
        raise UnreadableError(f"there is no {path}")
    document = parse_yaml(content, path.as_posix())
    return document if isinstance(document, dict) else {}


def _stage(name: str, declared: Mapping[str, Any], locked: Mapping[str, Any] | None) -> Stage:
    odd = [key for key in _UNKNOWN_KEYS if declared.get(key)]
    if "${" in repr(declared):
        odd.append("${…}")
    deps = declared.get("deps") or []
    return Stage(
        name=name,
        command=declared.get("cmd"),
        deps=() if declared.get("frozen") else tuple(str(dep) for dep in deps),
        params=tuple(_params(declared.get("params") or [])),
        outs=tuple(_key(out) for key in _OUTPUT_KEYS for out in declared.get(key) or []),
        locked=None if locked is None else _locked(locked),
        odd=", ".join(odd),
    )


def _locked(entry: Mapping[str, Any]) -> LockedStage:
    outs = entry.get("outs") or []
    return LockedStage(
        command=entry.get("cmd"),
        deps={dep["path"]: str(dep.get("md5")) for dep in entry.get("deps") or []},
        params=entry.get("params") or {},
        outs={out["path"]: str(out.get("md5")) for out in outs},
        sizes={out["path"]: int(out.get("size") or 0) for out in outs},
    )


def _params(entries: list[Any]) -> list[tuple[str, str | None]]:
    params: list[tuple[str, str | None]] = []
    for entry in entries:
        if isinstance(entry, str):
            params.append((paths.PARAMS.as_posix(), entry))
            continue
        for name, keys in entry.items():
            params += [(name, key) for key in keys] if keys else [(name, None)]
    return params


def _key(entry: Any) -> str:
    return str(next(iter(entry)) if isinstance(entry, dict) else entry)
