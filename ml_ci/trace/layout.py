"""The layout of a trace on disk: names of files, and what stands in trace.json and the shards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ml_ci.errors import UserError
from ml_ci.rung import Rung, rung_as_json, rungs_from_json
from ml_ci.steps import FLOAT_STEPS, HASHED_STEPS, RECEIVED, STEP_OF

SCHEMA_VERSION = 2
TRACE_FILE = "trace.json"
FLOATS: Final = frozenset(step.name for step in FLOAT_STEPS)
"""Rungs whose arrays are kept by default: the noise floor needs their values."""
HASHED: Final = frozenset(step.name for step in HASHED_STEPS)
"""Rungs whose arrays are kept only when asked for."""


@dataclass(frozen=True, kw_only=True)
class TraceHeader:
    """Whose trace it is, and which measurement it belongs to."""

    target: str
    """`reference`, or the name of what served."""
    receipt: str
    """SHA-256 of the receipt of the run that recorded it."""
    environment: dict[str, str] = field(default_factory=dict)
    """See ``ml_ci.environment``; empty when the target does not tell."""
    created: str
    """ISO 8601, UTC."""
    entry: str = RECEIVED.name
    """The rung this side was given: the encoded image, or the reference's `tensor`."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Some images in a row, as trace.json knows them."""

    name: str
    images: int
    arrays: int
    """How many were kept."""
    sha256: str
    """Of its index."""

    @property
    def index(self) -> str:
        """The file with the rungs of its images."""
        return f"{self.name}.json"

    @property
    def files(self) -> tuple[str, ...]:
        """All there are beside trace.json."""
        return (self.index, arrays_file(self.name)) if self.arrays else (self.index,)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What stands in trace.json."""

    header: TraceHeader
    failures: dict[str, str | None]
    """By image, in the order they were recorded; None for those that are complete."""
    shards: tuple[Shard, ...]

    def as_json(self) -> dict[str, Any]:
        """What ``contents_from_json`` reads."""
        return {
            "schema_version": SCHEMA_VERSION,
            **asdict(self.header),
            "images": self.failures,
            "shards": [asdict(shard) for shard in self.shards],
        }


def shard_name(number: int) -> str:
    """Of the shard with this number, counted from 0."""
    return f"{number:05}"


def arrays_file(shard: str) -> str:
    """Beside trace.json."""
    return f"{shard}.safetensors"


def contents_from_json(document: Mapping[str, Any]) -> Contents:
    """Raises ValueError, KeyError or TypeError for what ``Contents.as_json`` has not written."""
    failures = dict(document["images"].items())
    for name, failure in failures.items():
        if not isinstance(failure, str | None):
            raise TypeError(f"{name}: the failure is no string")
    shards = tuple(Shard(**entry) for entry in document["shards"])
    if any(re.fullmatch(r"\d{5,9}", shard.name) is None for shard in shards):
        raise ValueError("the name of a shard is none")
    if sum(shard.images for shard in shards) != len(failures):
        raise ValueError("its shards do not hold its images")
    return Contents(header=_header_from_json(document), failures=failures, shards=shards)


def index_text(images: Mapping[str, Mapping[str, Rung]]) -> str:
    """What ``index_from_json`` reads: a line for each image, which takes a tenth of the time that
    indenting takes."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    lines = [
        f"{encode(image)}: {encode({step: rung_as_json(rung) for step, rung in rungs.items()})}"
        for image, rungs in images.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def index_from_json(document: Mapping[str, Any]) -> dict[str, dict[str, Rung]]:
    """Rungs by image and step. Raises ValueError naming the image and what is wrong with it."""
    images = {}
    for image, entry in document.items():
        try:
            images[image] = rungs_from_json(entry)
        except ValueError as error:
            raise ValueError(f"{image}: {error}") from None
    return images


def unreadable(path: Path, what: str) -> UserError:
    """The trace cannot be used; recording it again is always a way out."""
    return UserError(what=what, where=str(path), fix="record it again: run `dvc repro`")


def other_schema(path: Path, version: object) -> UserError:
    """It was written by another version of this program."""
    if isinstance(version, int) and version > SCHEMA_VERSION:
        fix = "update ml-ci to the version that wrote it, or record it again with this one"
    else:
        fix = "record it again: run `dvc repro`"
    what = f"the trace has schema version {version}, this ml-ci reads {SCHEMA_VERSION}"
    return UserError(what=what, where=str(path), fix=fix)


def _header_from_json(document: Mapping[str, Any]) -> TraceHeader:
    environment = document["environment"]
    texts = {name: document[name] for name in ("target", "receipt", "created", "entry")}
    if not all(isinstance(value, str) for value in (*texts.values(), *environment.values())):
        raise TypeError("target, receipt, created, entry and environment hold strings")
    if texts["entry"] not in STEP_OF:
        raise ValueError("its entry is no step")
    return TraceHeader(environment=dict(environment), **texts)
