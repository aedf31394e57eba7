"""Settings: which values of params.yaml are others than in the base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_ci.artifacts.bounds import cut
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.changes.result import ParamChange

_LONGEST = 80  # characters of a value: a longer one is recognised by its beginning


def param_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ParamChange, ...]:
    """Values that are others, have come or gone, by dotted key, sorted."""
    old, new = flattened(before), flattened(after)
    return tuple(
        ParamChange(key=key, before=_cut(old.get(key)), after=_cut(new.get(key)))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )


def flattened(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Every value as text, by dotted key; a list is one value, an empty mapping is `{}`."""
    flat: dict[str, str] = {}
    for key, value in params.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat |= flattened(value, f"{name}.")
        else:
            flat[name] = _text(value)
    return flat


def settings_state(params: Mapping[str, Any]) -> str:
    """SHA-256 of every value, the same for two files that differ in comments only."""
    return sha256_of_bytes(repr(sorted(flattened(params).items())).encode("utf-8"))


def _text(value: object) -> str:
    """As YAML would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_text(one) for one in value)}]"
    return "{}" if isinstance(value, Mapping) else str(value)


def _cut(text: str | None) -> str | None:
    return None if text is None else cut(text, _LONGEST)
