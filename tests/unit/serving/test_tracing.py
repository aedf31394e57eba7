"""The trace route's work: hashes by the common definition, rungs from the array handed in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from ml_ci.rung import Recorded, record_array, record_bytes
from ml_ci.serving.request_error import RequestError
from ml_ci.serving.tracing import Tracer
from ml_ci.wire import MEDIA_TYPE, unpack
from tests.builders.images import picture, png

TENSOR = np.linspace(-1, 1, 48, dtype=np.float32).reshape(3, 4, 4)


def trace(tracer: Tracer, content: bytes, *, pixels: bool = False) -> dict[str, Recorded]:
    return unpack(tracer.answer(content, media_type="", pixels=pixels)).rungs


def trace_arrays(tracer: Tracer, **arrays: np.ndarray[Any, Any]) -> dict[str, Recorded]:
    return unpack(tracer.answer(save(arrays), media_type=MEDIA_TYPE, pixels=False)).rungs


def test_answer__hashes_the_bytes_and_the_pixels(tracer: Tracer) -> None:
    rungs = trace(tracer, png())
    assert rungs["received"].rung == record_bytes(png()).rung
    assert rungs["decoded"].rung == record_array(picture(), text="RGB").rung
    assert rungs["image"].rung == record_array(picture()).rung


@pytest.mark.parametrize(("pixels", "sent"), [(False, False), (True, True)])
def test_answer__sends_pixel_arrays_only_when_asked(
    tracer: Tracer, pixels: bool, sent: bool
) -> None:
    rungs = trace(tracer, png(), pixels=pixels)
    assert [rungs[step].array is not None for step in ("decoded", "image")] == [sent, sent]


def test_answer__sends_float_arrays_always(tracer: Tracer) -> None:
    rungs = trace(tracer, png())
    steps = ("resized", "tensor", "logits", "probabilities")
    assert all(rungs[step].array is not None for step in steps)


def test_answer__names_the_environment(tracer: Tracer) -> None:
    answer = tracer.answer(png(), media_type="image/png", pixels=False)
    assert unpack(answer).environment == {"python": "3.11.7"}


def test_answer__to_an_image_equals_that_to_its_file(tracer: Tracer) -> None:
    from_array, from_file = trace_arrays(tracer, image=picture()), trace(tracer, png())
    assert list(from_array) == list(from_file)[2:]
    assert {step: one.rung for step, one in from_array.items()} == {
        step: from_file[step].rung for step in from_array
    }


def test_answer__to_a_tensor_begins_there(tracer: Tracer) -> None:
    rungs = trace_arrays(tracer, tensor=TENSOR)
    assert list(rungs) == ["tensor", "logits", "probabilities", "label"]
    assert rungs["tensor"].rung == record_array(TENSOR).rung


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        pytest.param({}, "one array, named `image` or `tensor`", id="none"),
        pytest.param({"logits": TENSOR}, "one array, named", id="another name"),
        pytest.param({"image": picture(), "tensor": TENSOR}, "one array, named", id="both"),
        pytest.param({"image": TENSOR}, "uint8 H×W×3, it is float32 3×4×4", id="float image"),
        pytest.param({"image": picture()[..., :1]}, "it is uint8 9×7×1", id="grey image"),
        pytest.param({"image": picture()[:0]}, "it is 7×0 pixels", id="empty image"),
        pytest.param({"image": picture(height=301)}, "a side has at most 300", id="large image"),
        pytest.param({"tensor": TENSOR[:1]}, "float32 3×4×4, it is float32 1×4×4", id="shape"),
        pytest.param({"tensor": TENSOR.astype(np.float64)}, "it is float64 3×4×4", id="float64"),
    ],
)
def test_answer__refuses_arrays(
    tracer: Tracer, arrays: dict[str, np.ndarray[Any, Any]], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        trace_arrays(tracer, **arrays)


def test_answer__refuses_what_is_no_safetensors(tracer: Tracer) -> None:
    with pytest.raises(RequestError, match="the body cannot be read: it is no safetensors data"):
        tracer.answer(png(), media_type=MEDIA_TYPE, pixels=False)
