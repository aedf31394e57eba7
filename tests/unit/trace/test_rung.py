"""What a rung's hash covers, and which JSON is accepted as rungs."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from ml_ci.rung import (
    Array,
    Rung,
    record_array,
    record_bytes,
    record_text,
    rung_as_json,
    rungs_from_json,
    sha256_of_array,
)

DIGEST = "0" * 64


def test_sha256_of_array__is_that_of_a_header_line_and_the_elements() -> None:
    array = np.array([[1, 2, 3]], dtype=np.uint8)
    assert sha256_of_array(array) == hashlib.sha256(b"uint8 1,3\n\x01\x02\x03").hexdigest()


@pytest.mark.parametrize(
    ("array", "content"),
    [
        pytest.param(np.array(1.0, dtype="<f4"), b"float32 \n\x00\x00\x80\x3f", id="scalar"),
        pytest.param(np.zeros((0, 3), np.uint8), b"uint8 0,3\n", id="no elements"),
    ],
)
def test_sha256_of_array__of_unusual_shapes(array: Array, content: bytes) -> None:
    assert sha256_of_array(array) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(lambda array: array.astype(">u2"), id="big-endian"),
        pytest.param(np.asfortranarray, id="column by column"),
        pytest.param(lambda array: np.repeat(array, 2, axis=1)[:, ::2], id="every second element"),
    ],
)
def test_sha256_of_array__does_not_depend_on_memory_layout(same: Any) -> None:
    array = np.arange(12, dtype=np.uint16).reshape(3, 4)
    assert sha256_of_array(same(array)) == sha256_of_array(array)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(np.arange(12, dtype=np.uint8).reshape(4, 3), id="shape"),
        pytest.param(np.arange(12, dtype=np.int8).reshape(3, 4), id="type"),
        pytest.param(np.arange(1, 13, dtype=np.uint8).reshape(3, 4), id="elements"),
    ],
)
def test_sha256_of_array__depends_on(other: Array) -> None:
    assert sha256_of_array(other) != sha256_of_array(np.arange(12, dtype=np.uint8).reshape(3, 4))


def test_sha256_of_array__refuses_objects() -> None:
    with pytest.raises(ValueError, match="arrays of type object cannot be recorded"):
        sha256_of_array(np.array(["label"], dtype=object))


def test_record_bytes__hashes_as_sha256sum_does() -> None:
    expected = Rung(dtype="bytes", shape=(3,), sha256=hashlib.sha256(b"abc").hexdigest())
    assert record_bytes(b"abc").rung == expected


def test_record_text__keeps_the_text_and_counts_utf8_bytes() -> None:
    rung = record_text("ü").rung
    assert (rung.text, rung.shape) == ("ü", (2,))


def test_rungs_from_json__reads_what_rung_as_json_wrote() -> None:
    rung = record_array(np.zeros((2, 2, 3), np.uint8), text="RGB").rung
    assert rungs_from_json({"decoded": rung_as_json(rung)}) == {"decoded": rung}


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "uint8", "shape": [1], "sha256": DIGEST} | changes


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param([], "the rungs are no JSON object", id="a list"),
        pytest.param({"colour": entry()}, "unknown step 'colour'", id="unknown step"),
        pytest.param({"image": 3}, "the rung `image` is malformed", id="a number"),
        pytest.param({"image": {}}, "the rung `image` is malformed", id="empty"),
        pytest.param({"image": entry(dtype="object")}, "unknown dtype", id="dtype"),
        pytest.param({"image": entry(dtype=[])}, "malformed", id="dtype that cannot be hashed"),
        pytest.param({"image": entry(shape=[-1])}, "its shape is no list of sizes", id="negative"),
        pytest.param({"image": entry(shape=[True])}, "its shape is no list of sizes", id="bool"),
        pytest.param({"image": entry(sha256="X")}, "its sha256 is no SHA-256", id="sha256"),
        pytest.param({"image": entry(text=3)}, "its text is no string", id="text"),
        pytest.param({"image": entry(shard="../a.safetensors")}, "its shard is no", id="path"),
    ],
)
def test_rungs_from_json__refuses(document: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rungs_from_json(document)
