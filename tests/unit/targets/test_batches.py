"""A batch: where the protocol has room for several images, and what comes back for each."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from ml_ci.rung import Recorded
from ml_ci.targets.batches import ALONE, ask_together, why_alone
from ml_ci.targets.client import TargetError, open_client
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import PredictRoute, routes_of_model
from tests.builders.http_server import Received, response, serving
from tests.builders.own_servers import answer_settings, own_server

CLASSES = ("cat", "dog")
JSON: dict[str, Any] = {"kind": "json", "alphabet": "standard"}
TENSOR: dict[str, Any] = {"kind": "tensor", "layout": "nchw", "numbers": "flat"}
ROWS = {**JSON, "body": {"signature_name": "s", "instances": [{"b64": "<image>"}]}}
TENSOR_ROWS = {**TENSOR, "numbers": "nested", "body": {"instances": "<tensor>"}}
COLUMNS = {**TENSOR, "numbers": "nested", "body": {"inputs": "<tensor>"}}
INFER = {
    **TENSOR,
    "body": {"inputs": [{"name": "x", "shape": "<shape>", "data": "<tensor>"}], "id": "7"},
}
BYTES = {**JSON, "body": {"inputs": [{"name": "x", "shape": [1], "data": ["<image>"]}]}}


def route(request: dict[str, Any], **told: str) -> PredictRoute:
    answer = answer_settings(**told or {"probabilities": "predictions[0]"}).model_dump()
    predict = own_server(request=request, answer=answer).asked
    return PredictRoute(settings=predict, classes=CLASSES)


def picture(name: str) -> Picture:
    """Its bytes are its name, its tensor holds the name's code."""
    tensor = np.full((1, 1, 2), ord(name), np.float32)
    return Picture(name=name, content=name.encode(), tensor=lambda: tensor)


def together(route: PredictRoute, answer: Any, names: str = "ab") -> tuple[Any, list[Any]]:
    """What the server was sent, and the probabilities or labels that were read."""
    received: list[Received] = []

    def respond(request: Received) -> bytes:
        received.append(request)
        return response(json.dumps(answer).encode())

    async def ask(url: str) -> list[dict[str, Recorded]]:
        async with open_client(url, timeout_seconds=5, connections=1) as client:
            return await ask_together(client, route, [picture(name) for name in names])

    with serving(respond) as url:
        rungs = asyncio.run(ask(url))
    (request,) = received
    return json.loads(request.body), [_value(one) for one in rungs]


def _value(rungs: dict[str, Recorded]) -> Any:
    for step in ("probabilities", "logits"):
        if step in rungs and (array := rungs[step].array) is not None:
            return array.tolist()
    return rungs["label"].rung.text


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(ROWS, None, id="rows"),
        pytest.param(TENSOR_ROWS, None, id="rows-of-tensors"),
        pytest.param(COLUMNS, None, id="columns"),
        pytest.param(INFER, None, id="open-inference"),
        pytest.param(BYTES, None, id="open-inference-bytes"),
        pytest.param({**JSON, "body": {"image": "<image>"}}, ALONE, id="one-image"),
        pytest.param({**JSON, "body": ["<image>"]}, ALONE, id="a-list"),
        pytest.param(
            {**JSON, "body": {"instances": ["<image>", "x"]}}, ALONE, id="two-in-the-template"
        ),
        pytest.param({**JSON, "body": {"inputs": ["<image>"]}}, ALONE, id="inputs-of-text"),
        pytest.param(
            {**JSON, "body": {"inputs": [{"shape": [2], "data": ["<image>"]}]}}, ALONE, id="shape"
        ),
        pytest.param({"kind": "raw", "content_type": None}, ALONE, id="raw"),
        pytest.param({"kind": "raw", "content_type": "application/json"}, ALONE, id="no-json"),
        pytest.param({"kind": "multipart", "field": "f", "fields": {}}, ALONE, id="form"),
        pytest.param(
            {"kind": "base64", "alphabet": "standard", "content_type": "text/plain"},
            ALONE,
            id="base64",
        ),
    ],
)
def test_why_alone__is_what_the_template_has_no_room_for(
    request_: dict[str, Any], expected: str | None
) -> None:
    assert expected == why_alone(route(request_), picture("a"))


def test_why_alone__our_own_protocol_takes_several() -> None:
    assert None is why_alone(routes_of_model("digits").predict, picture("a"))


def test_why_alone__without_a_tensor_nothing_can_be_sent() -> None:
    bare = Picture(name="a.png", content=b"a", tensor=lambda: None)

    expected = "the reference has no `tensor` of a.png that could be sent"
    assert expected == why_alone(route(INFER), bare)


def test_rows__are_sent_and_read_in_order() -> None:
    sent, read = together(route(ROWS), {"predictions": [[0.75, 0.25], [0.5, 0.5]], "id": 1})

    expected = {"signature_name": "s", "instances": [{"b64": "YQ=="}, {"b64": "Yg=="}]}
    assert (expected, [[0.75, 0.25], [0.5, 0.5]]) == (sent, read)


def test_rows__of_tensors() -> None:
    sent, read = together(route(TENSOR_ROWS), {"predictions": [[0.75, 0.25], [0.5, 0.5]]})

    assert ({"instances": [[[[97, 97]]], [[[98, 98]]]]}, 2) == (sent, len(read))


def test_columns__are_one_output_or_several_by_name() -> None:
    alone = together(route(COLUMNS, logits="outputs[0]"), {"outputs": [[1, 2], [3, 4]]})
    named = together(
        route(COLUMNS, logits="outputs.y[0]"), {"outputs": {"y": [[1, 2], [3, 4]], "z": [7, 8]}}
    )

    assert {"inputs": [[[[97, 97]]], [[[98, 98]]]]} == alone[0]
    assert ([[1, 2], [3, 4]], [[1, 2], [3, 4]]) == (alone[1], named[1])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([1, 2, 3, 4], id="flat"),
        pytest.param([[1, 2], [3, 4]], id="nested"),
    ],
)
def test_open_inference__is_cut_along_the_leading_axis(data: list[Any]) -> None:
    output = {"name": "y", "shape": [2, 2], "data": data}
    flat = "outputs[0].data" if data == [1, 2, 3, 4] else "outputs[0].data[0]"

    sent, read = together(route(INFER, logits=flat), {"outputs": [output]})

    expected = {"name": "x", "shape": [2, 1, 1, 2], "data": [97, 97, 98, 98]}
    assert {"inputs": [expected], "id": "7"} == sent
    assert [[1, 2], [3, 4]] == read


def test_open_inference__labels_are_one_to_an_image() -> None:
    output = {"name": "y", "shape": [2], "datatype": "BYTES", "data": ["dog", "cat"]}

    sent, read = together(route(BYTES, label="outputs[0].data[0]"), {"outputs": [output]})

    assert [{"name": "x", "shape": [2], "data": ["YQ==", "Yg=="]}] == sent["inputs"]
    assert ["dog", "cat"] == read


@pytest.mark.parametrize(
    ("request_", "answer", "expected"),
    [
        pytest.param(ROWS, {}, "the answer has no `predictions`", id="nothing"),
        pytest.param(ROWS, [], "the answer has no `predictions`", id="a-list"),
        pytest.param(
            ROWS,
            {"predictions": [[0.5, 0.5]]},
            "the answer has 1 predictions for 2 images",
            id="too-few",
        ),
        pytest.param(
            ROWS,
            {"predictions": 7},
            "the answer has no list of predictions for 2 images",
            id="no-list",
        ),
        pytest.param(COLUMNS, {"outputs": {"y": [1]}}, "the answer has 1 outputs", id="column"),
        pytest.param(
            INFER,
            {"outputs": [{"shape": [1, 2], "data": [1, 2]}]},
            "an output has the shape [1, 2] for 2 images",
            id="another-shape",
        ),
        pytest.param(
            INFER,
            {"outputs": [{"shape": [2, 2], "data": [1, 2, 3]}]},
            "an output has 3 numbers, its shape says [2, 2]",
            id="too-few-numbers",
        ),
        pytest.param(
            INFER,
            {"outputs": [{"shape": [2, "x"], "data": [1, 2, 3]}]},
            "an output has 3 numbers, its shape says [2, 'x']",
            id="no-shape",
        ),
        pytest.param(INFER, {"outputs": [7]}, "an output has the shape None", id="no-tensor"),
        pytest.param(
            INFER,
            {"outputs": 7},
            "the prediction has no list of `logits` at `outputs[0].data`",
            id="no-outputs",
        ),
        pytest.param(
            {**JSON, "body": {"image": "<image>"}}, {}, "the protocol takes one image", id="one"
        ),
    ],
)
def test_ask_together__refuses(request_: dict[str, Any], answer: Any, expected: str) -> None:
    told = {"logits": "outputs[0].data"} if request_ in (INFER, COLUMNS) else {}

    with pytest.raises(TargetError) as error:
        together(route(request_, **told), answer)

    assert str(error.value).startswith(expected)


def test_ask_together__cuts_off_an_answer_no_prediction_is_as_large_as(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ml_ci.targets.batches.MOST_PREDICTION_BYTES", 50)

    with pytest.raises(TargetError, match=r"is larger than 50 bytes$"):
        together(route(ROWS), {"predictions": [[0.25, 0.75]] * 2, "filling": "x" * 50})
