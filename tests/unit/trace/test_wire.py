"""The answer of a trace route: what `unpack` accepts from a server nobody trusts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from ml_ci.rung import Recorded, record_array, record_bytes, rung_as_json
from ml_ci.wire import TraceAnswer, pack, unpack

TENSOR = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 2, 2)


def answer() -> TraceAnswer:
    rungs = {"received": record_bytes(b"abc"), "tensor": record_array(TENSOR)}
    return TraceAnswer(rungs=rungs, environment={"python": "3.11.7"})


def body(arrays: dict[str, np.ndarray[Any, Any]], **changes: Any) -> bytes:
    document = {
        "schema_version": 1,
        "rungs": {"tensor": rung_as_json(record_array(TENSOR).rung)},
        "environment": {},
    } | changes
    return save(arrays, metadata={"ml-ci": json.dumps(document)})


def test_unpack__gives_back_rungs_and_environment() -> None:
    found = unpack(pack(answer()))
    assert {step: recorded.rung for step, recorded in found.rungs.items()} == {
        step: recorded.rung for step, recorded in answer().rungs.items()
    }
    assert found.environment == {"python": "3.11.7"}


def test_unpack__gives_back_arrays_bit_for_bit() -> None:
    array = unpack(pack(answer())).rungs["tensor"].array
    assert array is not None
    assert array.tobytes() == TENSOR.tobytes()


def test_unpack__of_a_rung_without_array() -> None:
    hash_alone = Recorded(rung=record_array(TENSOR).rung)
    body = pack(TraceAnswer(rungs={"tensor": hash_alone}, environment={}))
    assert unpack(body).rungs["tensor"].array is None


def test_unpack__gives_back_received_bytes() -> None:
    array = unpack(pack(answer())).rungs["received"].array
    assert array is not None
    assert array.tobytes() == b"abc"


def test_unpack__refuses_bytes_of_another_hash() -> None:
    other = Recorded(rung=record_bytes(b"abc").rung, array=record_bytes(b"abd").array)
    body = pack(TraceAnswer(rungs={"received": other}, environment={}))
    with pytest.raises(ValueError, match="`received` is not the one whose hash it gives"):
        unpack(body)


def test_pack__gives_the_same_bytes_twice() -> None:
    assert pack(answer()) == pack(answer())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "it is no safetensors data", id="nothing"),
        pytest.param(b"<html>busy</html>", "it is no safetensors data", id="HTML"),
        pytest.param(pack(answer())[:-1], "it is no safetensors data", id="half of it"),
        pytest.param(save({"tensor": TENSOR}), "its metadata has no `ml-ci`", id="no metadata"),
        pytest.param(
            save({}, metadata={"ml-ci": "{"}), "its metadata is not JSON", id="broken metadata"
        ),
        pytest.param(
            save({}, metadata={"ml-ci": "[" * 100_000}), "nested too deeply", id="deep metadata"
        ),
        pytest.param(
            save({}, metadata={"ml-ci": "[]"}), "its metadata is no JSON object", id="a list"
        ),
        pytest.param(body({}, schema_version=2), "its schema version is 2", id="schema"),
        pytest.param(body({}, environment=3), "its environment is no mapping", id="environment"),
        pytest.param(body({}, rungs=3), "the rungs are no JSON object", id="rungs"),
        pytest.param(
            body({"tensor": TENSOR + 1}), "the array of `tensor` is not the one", id="other array"
        ),
        pytest.param(body({"x": TENSOR}), "the array 'x' belongs to no rung", id="no rung"),
    ],
)
def test_unpack__refuses(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack(content)
