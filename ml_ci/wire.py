"""The answer of a trace route: rungs on the wire, as one safetensors body.

Arrays are named by their step; hashes, shapes and texts of all rungs, and the environment of the
machine, stand as JSON under the key ``ml-ci`` of the safetensors metadata. Servers that send arrays
alone are read by ``ml_ci.targets.plain_trace``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from ml_ci.rung import (
    Array,
    Recorded,
    is_array_of,
    little_endian,
    rung_as_json,
    rungs_from_json,
)

SCHEMA_VERSION = 1
METADATA_KEY = "ml-ci"
MEDIA_TYPE = "application/x-safetensors"
_LENGTH_BYTES = 8  # a safetensors file begins with the length of its JSON header, little-endian


@dataclass(frozen=True, kw_only=True)
class TraceAnswer:
    """What a server says about one image."""

    rungs: dict[str, Recorded]
    """By step name; arrays where the server sent them."""
    environment: dict[str, str]


def pack(answer: TraceAnswer) -> bytes:
    """The body for ``answer``."""
    arrays = {
        step: little_endian(recorded.array)
        for step, recorded in answer.rungs.items()
        if recorded.array is not None
    }
    document = {
        "schema_version": SCHEMA_VERSION,
        "rungs": {step: rung_as_json(recorded.rung) for step, recorded in answer.rungs.items()},
        "environment": answer.environment,
    }
    return save(arrays, metadata={METADATA_KEY: json.dumps(document)})


def unpack(body: bytes) -> TraceAnswer:
    """Read what ``pack`` made, trusting nothing.

    Raises ValueError in one sentence when it is something else, or an array is not the one whose
    hash the server gave.
    """
    arrays, document = unpack_arrays(body), _metadata(body)
    if document.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"its schema version is {str(document.get('schema_version'))[:20]}")
    environment = document.get("environment")
    if not isinstance(environment, dict) or not _all_strings(environment):
        raise ValueError("its environment is no mapping of strings")
    rungs = {}
    for step, rung in rungs_from_json(document.get("rungs")).items():
        array = arrays.pop(step, None)
        if array is not None and not is_array_of(rung, array):
            raise ValueError(f"the array of `{step}` is not the one whose hash it gives")
        rungs[step] = Recorded(rung=rung, array=array)
    if arrays:
        raise ValueError(f"the array {min(arrays)[:40]!r} belongs to no rung")
    return TraceAnswer(rungs=rungs, environment=environment)


def unpack_arrays(body: bytes) -> dict[str, Array]:
    """The arrays of a safetensors body by name. Raises ValueError when it is none."""
    try:
        return dict(load(body))
    except KeyError as error:
        raise ValueError(f"its element type {error} is not supported") from None
    except (SafetensorError, ValueError, TypeError, MemoryError) as error:
        raise ValueError(f"it is no safetensors data ({error})") from None


def is_packed(body: bytes) -> bool:
    """Whether a body has our metadata, and is not arrays alone or no safetensors at all."""
    try:
        return _metadata_text(body) is not None
    except (ValueError, AttributeError, RecursionError):
        return False


def _metadata_text(body: bytes) -> str | None:
    """What stands under METADATA_KEY; errors of any kind unless ``load`` accepts the body."""
    length = int.from_bytes(body[:_LENGTH_BYTES], "little")
    header = json.loads(body[_LENGTH_BYTES : _LENGTH_BYTES + length])
    text: str | None = header.get("__metadata__", {}).get(METADATA_KEY)
    return text


def _metadata(body: bytes) -> Mapping[str, Any]:
    """The JSON under METADATA_KEY of a body that ``load`` has accepted."""
    text = _metadata_text(body)
    if text is None:
        raise ValueError(f"its metadata has no `{METADATA_KEY}`")
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("its metadata is nested too deeply") from None
    except ValueError:
        raise ValueError("its metadata is not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("its metadata is no JSON object")
    return document


def _all_strings(values: Mapping[Any, Any]) -> bool:
    return all(isinstance(item, str) for pair in values.items() for item in pair)
