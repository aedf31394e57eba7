"""A rung: what one image left on one step, known by hash, shape and text before by its array."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.steps import STEP_OF

Array = NDArray[np.generic]

BYTES = "bytes"
TEXT = "text"
# What both numpy and safetensors can hold; everything else would need a rule of its own.
ARRAY_TYPES = frozenset(
    {"bool", "float16", "float32", "float64"}
    | {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """What stands on one step of one image, without the array itself."""

    dtype: str
    """numpy's name of the element type; `bytes` at `received`, `text` at `label`."""
    shape: tuple[int, ...]
    """Of the array; (number of bytes,) for bytes and UTF-8 text."""
    sha256: str
    """See ``sha256_of_array``; plain SHA-256 of the content for bytes and UTF-8 text."""
    text: str | None = None
    """The class name at `label`, the decoder's mode at `decoded`."""
    shard: str | None = None
    """File beside trace.json that holds the array; None when only its hash is known."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A rung and, where it is at hand, its array."""

    rung: Rung
    array: Array | None = None


def record_bytes(content: bytes) -> Recorded:
    """What `received` holds: number of bytes and their SHA-256, as `sha256sum` prints it.

    The array beside it is the bytes themselves, uint8 (N,).
    """
    rung = Rung(dtype=BYTES, shape=(len(content),), sha256=hashlib.sha256(content).hexdigest())
    return Recorded(rung=rung, array=np.frombuffer(content, np.uint8))


def record_text(value: str) -> Recorded:
    """What `label` holds."""
    content = value.encode("utf-8")
    digest = hashlib.sha256(content).hexdigest()
    return Recorded(rung=Rung(dtype=TEXT, shape=(len(content),), sha256=digest, text=value))


def record_array(array: Array, *, text: str | None = None) -> Recorded:
    """An array with its hash; ``text`` is the mode at `decoded`.

    Raises ValueError when its element type is not one of ``ARRAY_TYPES``.
    """
    digest = sha256_of_array(array)
    rung = Rung(dtype=array.dtype.name, shape=array.shape, sha256=digest, text=text)
    return Recorded(rung=rung, array=array)


def is_array_of(rung: Rung, array: Array) -> bool:
    """Whether ``array`` is the one that ``rung`` gives the hash of."""
    if rung.dtype == BYTES:
        plain = array.dtype == np.uint8 and array.ndim == 1
        return plain and hashlib.sha256(array.tobytes()).hexdigest() == rung.sha256
    return sha256_of_array(array) == rung.sha256


def sha256_of_array(array: Array) -> str:
    """SHA-256 over one header line and the elements.

    The header is the element type's numpy name, a space, the sides joined by commas, and a line
    feed: ``uint8 28,28,3`` (a scalar has no sides: ``float32``, space, line feed). The elements
    follow in C order, little-endian, without padding. Raises ValueError for other element types
    than ``ARRAY_TYPES``.
    """
    name = array.dtype.name
    if name not in ARRAY_TYPES:
        raise ValueError(f"arrays of type {name} cannot be recorded")
    header = f"{name} {','.join(str(side) for side in array.shape)}\n"
    digest = hashlib.sha256(header.encode("ascii"))
    digest.update(little_endian(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def little_endian(array: Array) -> Array:
    """The same values in C order and little-endian; a copy only where they are not yet."""
    # ascontiguousarray alone would turn a scalar into an array of one
    contiguous = np.ascontiguousarray(array).reshape(array.shape)
    return contiguous.astype(contiguous.dtype.newbyteorder("<"), copy=False)


def rung_as_json(rung: Rung) -> dict[str, Any]:
    """The rung as JSON; keys without a value are left out."""
    document: dict[str, Any] = {
        "dtype": rung.dtype,
        "shape": list(rung.shape),
        "sha256": rung.sha256,
        "text": rung.text,
        "shard": rung.shard,
    }
    return {key: value for key, value in document.items() if value is not None}


def rungs_from_json(document: object) -> dict[str, Rung]:
    """Rungs by step name, from a mapping that may come from anywhere.

    Raises ValueError naming the step and what is wrong with it.
    """
    if not isinstance(document, Mapping):
        raise ValueError("the rungs are no JSON object")
    unknown = [str(name) for name in document if name not in STEP_OF]
    if unknown:
        raise ValueError(f"unknown step {unknown[0][:40]!r}")
    rungs = {}
    for name, entry in document.items():
        try:
            rungs[name] = _rung_from_json(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the rung `{name}` is malformed: {error}") from None
    return rungs


def _rung_from_json(entry: Mapping[str, Any]) -> Rung:
    dtype, shape, sha256 = entry["dtype"], entry["shape"], entry["sha256"]
    text, shard = entry.get("text"), entry.get("shard")
    if dtype not in ARRAY_TYPES | {BYTES, TEXT}:
        raise ValueError("unknown dtype")
    if not isinstance(shape, list) or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError("its shape is no list of sizes")
    if not isinstance(sha256, str) or re.fullmatch(r"[0-9a-f]{64}", sha256) is None:
        raise ValueError("its sha256 is no SHA-256")
    if not isinstance(text, str | None):
        raise ValueError("its text is no string")
    if shard is not None and (
        not isinstance(shard, str) or re.fullmatch(r"\d{1,9}\.safetensors", shard) is None
    ):
        raise ValueError("its shard is no file name of a shard")
    return Rung(dtype=dtype, shape=tuple(shape), sha256=sha256, text=text, shard=shard)
