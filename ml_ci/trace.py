"""A trace: what one side recorded on each rung, for every image, on disk and in memory.

``trace/<target>/trace.json`` holds hashes, shapes and texts of all rungs and the failures; arrays
lie beside it in ``00000.safetensors``, ``00001.safetensors``…, named ``<step>/<image>``. Needs
numpy and safetensors only; nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ml_ci.artifacts.files import new_folder, write_bytes, write_json
from ml_ci.errors import UserError
from ml_ci.rung import (
    Array,
    Recorded,
    Rung,
    is_array_of,
    little_endian,
    record_array,
    record_bytes,
    record_text,
    rung_as_json,
    rungs_from_json,
    sha256_of_array,
)
from ml_ci.steps import FLOAT_STEPS, HASHED_STEPS, RECEIVED, STEP_OF

__all__ = [
    "FLOATS",
    "HASHED",
    "Array",
    "ImageRecord",
    "Recorded",
    "Rung",
    "Trace",
    "TraceHeader",
    "TraceWriter",
    "record_array",
    "record_bytes",
    "record_text",
    "sha256_of_array",
]

SCHEMA_VERSION = 1
TRACE_FILE = "trace.json"
FLOATS: Final = frozenset(step.name for step in FLOAT_STEPS)
"""Rungs whose arrays are kept by default: the noise floor needs their values."""
HASHED: Final = frozenset(step.name for step in HASHED_STEPS)
"""Rungs whose arrays are kept only when asked for."""
# A shard is written when either is reached, so memory stays bounded for large images too.
SHARD_IMAGES = 64
SHARD_BYTES = 64 * 2**20


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
class ImageRecord:
    """One image: its rungs by step name, and why it is not complete (None when it is)."""

    rungs: dict[str, Rung]
    failure: str | None = None


class TraceWriter:
    """Writes a trace in bounded memory; the old one is replaced only by a complete new one.

    Use it as a context manager and call ``add`` once per image, in an order that does not depend
    on chance: the same calls write the same bytes.
    """

    def __init__(self, folder: Path, header: TraceHeader, *, keep: frozenset[str] = FLOATS) -> None:
        """``keep`` names the steps whose arrays go to disk; of the others only hashes do."""
        self._folder = folder
        self._header = header
        self._keep = keep
        self._images: dict[str, ImageRecord] = {}
        self._pending: dict[str, Array] = {}
        self._pending_images = 0
        self._pending_bytes = 0
        self._shards = 0
        self._open = ExitStack()
        self._scratch: Path | None = None

    def __enter__(self) -> TraceWriter:
        self._scratch = self._open.enter_context(new_folder(self._folder))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        except BaseException as failure:
            self._open.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._open.__exit__(kind, error, traceback)

    def add(self, image: str, rungs: Mapping[str, Recorded], *, failure: str | None = None) -> None:
        """Record one image; with ``failure`` the rungs are those reached before it.

        Raises ValueError when the image was recorded before.
        """
        if image in self._images:
            raise ValueError(f"{image!r} is recorded already")
        self._images[image] = ImageRecord(
            rungs={step: self._place(image, step, rung) for step, rung in rungs.items()},
            failure=failure,
        )
        self._pending_images += 1
        if self._pending_images >= SHARD_IMAGES or self._pending_bytes >= SHARD_BYTES:
            self._flush()

    def _place(self, image: str, step: str, recorded: Recorded) -> Rung:
        if recorded.array is None or step not in self._keep:
            return replace(recorded.rung, shard=None)
        array = little_endian(recorded.array)
        self._pending[_key(image, step)] = array
        self._pending_bytes += array.nbytes
        return replace(recorded.rung, shard=_shard_name(self._shards))

    def _flush(self) -> None:
        if self._pending:
            write_bytes(self._scratch_folder / _shard_name(self._shards), save(self._pending))
            self._shards += 1
        self._pending, self._pending_images, self._pending_bytes = {}, 0, 0

    def _finish(self) -> None:
        self._flush()
        document = {
            "schema_version": SCHEMA_VERSION,
            "target": self._header.target,
            "receipt": self._header.receipt,
            "created": self._header.created,
            "entry": self._header.entry,
            "environment": self._header.environment,
            "images": {name: _record_as_json(record) for name, record in self._images.items()},
        }
        write_json(self._scratch_folder / TRACE_FILE, document)

    @property
    def _scratch_folder(self) -> Path:
        if self._scratch is None:
            raise RuntimeError("a TraceWriter is used in a `with` block")
        return self._scratch


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A trace on disk: everything but the arrays is in memory, those are read one at a time."""

    folder: Path
    header: TraceHeader
    records: dict[str, ImageRecord]
    """By image name, in the order they were recorded."""

    @classmethod
    def open(cls, folder: Path) -> Trace:
        """Read ``folder``. Raises UserError when it is missing, damaged or of a newer schema."""
        path = folder / TRACE_FILE
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            version = document["schema_version"]
            if version != SCHEMA_VERSION:
                raise _other_schema(path, version)
            header = _header_from_json(document)
            records = {
                name: _record_from_json(name, entry) for name, entry in document["images"].items()
            }
        except FileNotFoundError:
            raise _unreadable(path, "there is no trace") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _unreadable(path, f"the trace is damaged: {error!r}") from error
        shards = {rung.shard for record in records.values() for rung in record.rungs.values()}
        for shard in sorted(shards - {None}, key=str):
            if not (folder / str(shard)).is_file():
                raise _unreadable(folder / str(shard), "a file of the trace is missing")
        return cls(folder=folder, header=header, records=records)

    @property
    def images(self) -> tuple[str, ...]:
        """Names of all images, failed ones included, in the order they were recorded."""
        return tuple(self.records)

    @property
    def environment(self) -> dict[str, str]:
        """Of the machine that recorded it; empty when the target does not tell."""
        return self.header.environment

    @property
    def failures(self) -> dict[str, str]:
        """Why an image is not complete, by image name."""
        return {
            name: record.failure
            for name, record in self.records.items()
            if record.failure is not None
        }

    def rungs(self, image: str) -> dict[str, Rung]:
        """The rungs of one image by step name. Raises KeyError for an image it does not hold."""
        return self.records[image].rungs

    def text(self, image: str, step: str) -> str | None:
        """The class name at `label`, the mode at `decoded`; None where the rung has no text."""
        rung = self.rungs(image).get(step)
        return None if rung is None else rung.text

    def array(self, image: str, step: str) -> Array | None:
        """The array of one rung, None where only its hash was kept or the rung is not there.

        Raises UserError when the file is damaged or the array is not the one that was hashed.
        """
        rung = self.rungs(image).get(step)
        if rung is None or rung.shard is None:
            return None
        path = self.folder / rung.shard
        try:
            with safe_open(path, framework="numpy") as shard:
                array: Array = shard.get_tensor(_key(image, step))
        except (OSError, SafetensorError, KeyError) as error:
            raise _unreadable(path, f"`{step}` of {image} cannot be read: {error}") from error
        if not is_array_of(rung, array):
            raise _unreadable(path, f"`{step}` of {image} is not the array that was recorded")
        return array


def _key(image: str, step: str) -> str:
    return f"{step}/{image}"


def _shard_name(index: int) -> str:
    return f"{index:05}.safetensors"


def _record_as_json(record: ImageRecord) -> dict[str, Any]:
    rungs = {step: rung_as_json(rung) for step, rung in record.rungs.items()}
    return {"rungs": rungs, "failure": record.failure}


def _record_from_json(name: str, entry: Mapping[str, Any]) -> ImageRecord:
    try:
        rungs = rungs_from_json(entry["rungs"])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    failure = entry["failure"]
    if not isinstance(failure, str | None):
        raise TypeError(f"{name}: the failure is no string")
    return ImageRecord(rungs=rungs, failure=failure)


def _header_from_json(document: Mapping[str, Any]) -> TraceHeader:
    environment = document["environment"]
    texts = {name: document[name] for name in ("target", "receipt", "created", "entry")}
    if not all(isinstance(value, str) for value in (*texts.values(), *environment.values())):
        raise TypeError("target, receipt, created, entry and environment hold strings")
    if texts["entry"] not in STEP_OF:
        raise ValueError("its entry is no step")
    return TraceHeader(environment=dict(environment), **texts)


def _other_schema(path: Path, version: object) -> UserError:
    if isinstance(version, int) and version > SCHEMA_VERSION:
        fix = "update ml-ci to the version that wrote it, or record it again with this one"
    else:
        fix = "record it again: run `dvc repro`"
    what = f"the trace has schema version {version}, this ml-ci reads {SCHEMA_VERSION}"
    return UserError(what=what, where=str(path), fix=fix)


def _unreadable(path: Path, what: str) -> UserError:
    return UserError(what=what, where=str(path), fix="record it again: run `dvc repro`")
