"""A plain trace: what a foreign server may send as its rungs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from ml_ci.rung import record_array
from ml_ci.targets.plain_trace import read_trace
from ml_ci.wire import TraceAnswer, pack

RUNGS: dict[str, np.ndarray[Any, Any]] = {
    "decoded": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
    "image": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
    "resized": np.zeros((3, 2, 2), dtype=np.float32),
    "tensor": np.ones((3, 2, 2), dtype=np.float32),
    "logits": np.array([2, -1], dtype=np.float32),
    "probabilities": np.array([0.95, 0.05], dtype=np.float32),
}
KNOWN = "known: received, decoded, image, resized, tensor, logits, probabilities"


def test_read_trace__records_what_is_named_by_its_step() -> None:
    found = read_trace(save(RUNGS))
    assert {step: record_array(array).rung for step, array in RUNGS.items()} == {
        step: recorded.rung for step, recorded in found.rungs.items()
    }


def test_read_trace__gives_the_arrays() -> None:
    array = read_trace(save(RUNGS)).rungs["image"].array
    assert array is not None
    assert RUNGS["image"].tolist() == array.tolist()


def test_read_trace__reads_our_own_form_too() -> None:
    packed = TraceAnswer(rungs={"tensor": record_array(RUNGS["tensor"])}, environment={"a": "b"})
    assert {"a": "b"} == read_trace(pack(packed)).environment


@pytest.mark.parametrize("step", RUNGS)
def test_read_trace__takes_the_image_out_of_a_batch_of_one(step: str) -> None:
    batch = {step: RUNGS[step][np.newaxis]}
    assert RUNGS[step].shape == read_trace(save(batch)).rungs[step].rung.shape


@pytest.mark.parametrize(
    ("step", "array"),
    [
        pytest.param("resized", np.zeros((2, 2, 3), np.float32), id="channels last"),
        pytest.param("resized", np.zeros((3, 2, 2), np.uint8), id="resized in integers"),
        pytest.param("tensor", np.zeros((3, 2, 2), np.float64), id="float64"),
        pytest.param("logits", np.zeros(2, np.float16), id="float16"),
        pytest.param("tensor", np.full((3, 2, 2), np.nan, np.float32), id="NaN"),
        pytest.param("decoded", np.zeros((2, 2, 4), np.uint16), id="16 bits and alpha"),
        pytest.param("image", np.zeros((1, 2, 3), np.uint8), id="one row"),
    ],
)
def test_read_trace__records_as_it_came(step: str, array: np.ndarray[Any, Any]) -> None:
    assert record_array(array).rung == read_trace(save({step: array})).rungs[step].rung


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        pytest.param({}, f"it holds no array; {KNOWN}", id="nothing"),
        pytest.param(
            {"preprocessed": RUNGS["tensor"]},
            f"it holds an array 'preprocessed'; {KNOWN}",
            id="unknown name",
        ),
        pytest.param(
            {"label": np.zeros(1, np.int64)}, f"it holds an array 'label'; {KNOWN}", id="label"
        ),
        pytest.param(
            {"image": np.zeros((2, 2, 4), np.uint8)},
            "`image` is uint8 2×2×4, expected uint8 H×W×3",
            id="alpha",
        ),
        pytest.param(
            {"image": np.zeros((2, 2, 3), np.float32)},
            "`image` is float32 2×2×3, expected uint8 H×W×3",
            id="float pixels",
        ),
        pytest.param(
            {"decoded": np.zeros((2, 2), np.uint8)},
            "`decoded` is uint8 2×2, expected uint8 or uint16 H×W×C",
            id="no channel axis",
        ),
        pytest.param(
            {"tensor": np.zeros((2, 3, 2, 2), np.float32)},
            "`tensor` is float32 2×3×2×2, expected float32 or float16 or float64 C×S×S",
            id="two images",
        ),
        pytest.param(
            {"logits": np.array(1, np.float32)},
            "`logits` is float32 scalar, expected float32 or float16 or float64 K",
            id="scalar",
        ),
        pytest.param(
            {"logits": np.zeros(0, np.float32)},
            "`logits` is float32 0, expected float32 or float16 or float64 K",
            id="empty",
        ),
        pytest.param(
            {"probabilities": np.zeros(2, np.int64)},
            "`probabilities` is int64 2, expected float32 or float16 or float64 K",
            id="integers",
        ),
    ],
)
def test_read_trace__refuses(arrays: dict[str, np.ndarray[Any, Any]], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared whole)
        read_trace(save(arrays))
    assert message == str(caught.value)


def test_read_trace__refuses_what_is_no_safetensors() -> None:
    with pytest.raises(ValueError, match="it is no safetensors data"):
        read_trace(b"<html>")
