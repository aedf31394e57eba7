"""The predict protocol: which requests are understood, and how answers are written."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_ci.serving.protocol import (
    ModelIdentity,
    Prediction,
    Unusable,
    format_answer,
    parse_instances,
    shortest_decimal,
)
from ml_ci.serving.request_error import RequestError

MODEL = ModelIdentity(name="shapes", version=1, sha256="0" * 64)
CONTENT = b"\xfb\xff\xbe?"  # its base64 uses both characters in which the alphabets differ


def body(*instances: Any) -> bytes:
    return json.dumps({"instances": list(instances)}).encode()


def prediction() -> Prediction:
    return Prediction(label="a", probabilities=np.array([0.1, 0.9], dtype=np.float32))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(base64.b64encode(CONTENT).decode(), id="standard"),
        pytest.param(base64.urlsafe_b64encode(CONTENT).decode(), id="URL-safe"),
        pytest.param(base64.b64encode(CONTENT).decode().rstrip("="), id="without padding"),
    ],
)
def test_parse_instances__accepts_base64(text: str) -> None:
    assert parse_instances(body({"b64": text}), most=1) == [CONTENT]


def test_parse_instances__keeps_the_order() -> None:
    instances = [{"b64": base64.b64encode(word).decode()} for word in (b"one", b"two")]
    assert parse_instances(body(*instances), most=2) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("instance", "reason"),
    [
        pytest.param("abc", 'it has to be {"b64": "…"}', id="a string"),
        pytest.param({}, 'it has to be {"b64": "…"}', id="empty"),
        pytest.param({"b64": "", "x": 1}, 'it has to be {"b64": "…"}', id="more keys"),
        pytest.param({"b64": 3}, "`b64` is no string", id="a number"),
        pytest.param({"b64": "a"}, "`b64` is not base64", id="one character"),
        pytest.param({"b64": "YWJj\nYWJj"}, "`b64` is not base64", id="a line break"),
        pytest.param({"b64": "ü"}, "`b64` is not base64", id="not ASCII"),
        pytest.param({"b64": "\ud800"}, "`b64` is not base64", id="half a character"),
    ],
)
def test_parse_instances__marks_one_that_cannot_be_used(instance: Any, reason: str) -> None:
    good, bad = parse_instances(body({"b64": "YWJj"}, instance), most=2)
    assert good == b"abc"
    assert isinstance(bad, Unusable)
    assert bad.reason.startswith(reason)


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        pytest.param(b"", 400, "the body is not JSON", id="nothing"),
        pytest.param(b'{"instances": [', 400, "the body is not JSON", id="half"),
        pytest.param(b"\xff\xfe\xfd", 400, "the body is not JSON", id="not text"),
        pytest.param(b'{"instances": [NaN]}', 400, "NaN is no JSON number", id="NaN"),
        pytest.param(b'{"instances": [-Infinity]}', 400, "-Infinity is no JSON", id="infinity"),
        pytest.param(b"1" * 5000, 400, "the body is not JSON", id="a number of 5 000 digits"),
        pytest.param(b"[" * 100_000, 400, "the JSON is nested too deeply", id="deep"),
        pytest.param(b"[]", 400, "the body has to be", id="a list"),
        pytest.param(b"{}", 400, "the body has to be", id="no instances"),
        pytest.param(b'{"instances": [], "x": 1}', 400, "the body has to be", id="more keys"),
        pytest.param(b'{"instances": {}}', 400, "`instances` has to be a list", id="an object"),
        pytest.param(b'{"instances": []}', 400, "at least one entry", id="none"),
        pytest.param(body({}, {}, {}), 413, "3 instances in one request; at most 2", id="many"),
    ],
)
def test_parse_instances__refuses(content: bytes, status: int, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        parse_instances(content, most=2)
    assert caught.value.status == status


def test_format_answer__of_usable_instances() -> None:
    assert format_answer([prediction()], MODEL) == (
        200,
        {
            "predictions": [{"label": "a", "probabilities": [0.1, 0.9]}],
            "model": {"name": "shapes", "version": 1, "sha256": "0" * 64},
        },
    )


def test_format_answer__keeps_the_others_when_one_is_unusable() -> None:
    status, answer = format_answer([Unusable(reason="it is empty"), prediction()], MODEL)
    assert (status, answer["error"]) == (422, "instance 0: it is empty")
    assert answer["predictions"] == [
        {"error": "it is empty"},
        {"label": "a", "probabilities": [0.1, 0.9]},
    ]


def test_format_answer__names_five_of_many_unusable_ones() -> None:
    _, answer = format_answer([Unusable(reason="no")] * 7, MODEL)
    assert answer["error"].split("; ")[4:] == ["instance 4: no", "and 2 more"]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_shortest_decimal__reads_back_as_the_same_float32(number: float) -> None:
    value = np.float32(number)
    text = json.dumps(shortest_decimal(value))
    assert np.float32(json.loads(text)).tobytes() == value.tobytes()


@pytest.mark.parametrize(("number", "text"), [(0.1, "0.1"), (1 / 3, "0.33333334")])
def test_shortest_decimal__is_short(number: float, text: str) -> None:
    assert json.dumps(shortest_decimal(np.float32(number))) == text
