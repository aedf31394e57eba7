"""The drawing of the pipeline: stages and which reads what another one writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ml_ci.base.pipeline import is_within
from ml_ci.changes.result import PLAIN, STAGES, Drawing, Edge


def drawing_of(stages: Mapping[str, Any]) -> Drawing:
    """The pipeline that dvc.yaml's ``stages`` declare, in its order.

    An edge that a longer way says as well is left out: the drawing has to be read.
    """
    names = list(stages)[:STAGES]
    drawn = {
        name: name if re.fullmatch(PLAIN, name) else f"stage-{number}"
        for number, name in enumerate(names, start=1)
    }
    outputs = {name: _paths(stages[name], "outs") for name in names}
    reads = {
        name: {
            other
            for other in names
            if other != name
            and any(
                _touch(dep, out) for dep in _paths(stages[name], "deps") for out in outputs[other]
            )
        }
        for name in names
    }
    edges = [
        Edge(earlier=drawn[earlier], later=drawn[later])
        for later in names
        for earlier in names
        if earlier in reads[later]
        and not any(_leads(reads, earlier, other) for other in reads[later] - {earlier})
    ]
    return Drawing(stages=tuple(drawn.values()), edges=tuple(edges))


def _leads(reads: Mapping[str, set[str]], earlier: str, later: str) -> bool:
    """Whether ``later`` needs ``earlier``, directly or not."""
    seen, waiting = set[str](), [later]
    while waiting:
        name = waiting.pop()
        if earlier in reads[name]:
            return True
        seen.add(name)
        waiting += reads[name] - seen
    return False


def _touch(dep: str, out: str) -> bool:
    return is_within(dep, out) or is_within(out, dep)


def _paths(stage: Any, key: str) -> list[str]:
    """Paths under ``key``; each is a text, or a mapping whose key is the path."""
    listed = stage.get(key) if isinstance(stage, Mapping) else None
    return [
        str(next(iter(one)) if isinstance(one, Mapping) else one)
        for one in (listed if isinstance(listed, list) else [])
        if one
    ]
