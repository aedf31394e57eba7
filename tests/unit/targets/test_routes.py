"""Routes of a target: what is sent, and which answers are believed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import numpy as np
import pytest

from ml_ci.rung import record_array, record_text
from ml_ci.targets.client import Client, TargetError, open_client
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import FactsRoute, TraceRoute
from ml_ci.wire import TraceAnswer, pack
from tests.builders.fake_target import PREDICT_ROUTE
from tests.builders.http_server import Received, Respond, response, serving

R = TypeVar("R")
GOOD = {"label": "a", "probabilities": [0.25, 0.75]}


def ask(question: Callable[[Client], Awaitable[R]], respond: Respond) -> R:
    async def run(url: str) -> R:
        async with open_client(url, timeout_seconds=5, connections=1, most_bytes=10_000) as client:
            return await question(client)

    with serving(respond) as url:
        return asyncio.run(run(url))


def picture(content: bytes) -> Picture:
    return Picture(name="a.png", content=content, tensor=lambda: None)


def predict(document: Any) -> Any:
    content = json.dumps(document).encode()
    return ask(
        lambda client: PREDICT_ROUTE.ask(client, picture(b"abc")), lambda _: response(content)
    )


def test_predict__sends_the_image_as_base64() -> None:
    seen = []

    def handle(request: Received) -> bytes:
        seen.append((request.path, json.loads(request.body)))
        return response(json.dumps({"predictions": [GOOD]}).encode())

    ask(lambda client: PREDICT_ROUTE.ask(client, picture(b"\xfb\xff")), handle)
    instance = {"b64": base64.b64encode(b"\xfb\xff").decode()}
    assert seen == [("/p", {"instances": [instance]})]


def test_predict__gives_label_and_probabilities() -> None:
    rungs = predict({"predictions": [GOOD], "more": "is ignored"})
    expected = np.array([0.25, 0.75], dtype=np.float32)
    assert {step: one.rung for step, one in rungs.items()} == {
        "probabilities": record_array(expected).rung,
        "label": record_text("a").rung,
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param([], "the answer has no `predictions`", id="a list"),
        pytest.param({}, "the answer has no `predictions`", id="empty"),
        pytest.param({"predictions": 3}, "no list of predictions", id="a number"),
        pytest.param({"predictions": []}, "0 predictions for one image", id="none"),
        pytest.param({"predictions": [GOOD, GOOD]}, "2 predictions for one image", id="two"),
        pytest.param({"predictions": ["a"]}, "the prediction has no `label`", id="bare label"),
        pytest.param({"predictions": [GOOD | {"label": 3}]}, "no `label`", id="index as label"),
        pytest.param(
            {"predictions": [GOOD | {"label": "\ud800"}]}, "no valid Unicode", id="surrogate"
        ),
        pytest.param({"predictions": [{"label": "a"}]}, "no list of `prob", id="label alone"),
        pytest.param({"predictions": [GOOD | {"probabilities": []}]}, "no list of", id="empty"),
        pytest.param(
            {"predictions": [GOOD | {"probabilities": [0.5, "x"]}]},
            "probability 1 is no float32 number",
            id="text as number",
        ),
        pytest.param(
            {"predictions": [GOOD | {"probabilities": [True]}]},
            "probability 0 is no float32 number",
            id="bool",
        ),
        pytest.param(
            {"predictions": [GOOD | {"probabilities": [1e39]}]},
            "probability 0 is no float32 number",
            id="beyond float32",
        ),
        pytest.param(
            {"predictions": [GOOD | {"probabilities": [10**400]}]},
            "probability 0 is no float32 number",
            id="beyond float64",
        ),
    ],
)
def test_predict__refuses(document: Any, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        predict(document)


def test_predict__does_not_read_more_than_a_prediction_can_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ml_ci.targets.routes.MOST_PREDICTION_BYTES", 20)
    with pytest.raises(TargetError, match="the answer to /p is larger than 20 bytes"):
        predict({"predictions": [GOOD]})


@pytest.mark.parametrize(
    ("path", "pixels", "asked"),
    [
        ("/t", False, "/t"),
        ("/t", True, "/t?pixels=1"),
        ("/t?a=b", False, "/t?a=b"),
        ("/t?a=b", True, "/t?a=b&pixels=1"),
    ],
)
def test_trace__sends_the_bytes_as_they_are(path: str, pixels: bool, asked: str) -> None:
    seen = []

    def handle(request: Received) -> bytes:
        seen.append((request.path, request.body))
        return response(pack(TraceAnswer(rungs={}, environment={})))

    ask(lambda client: TraceRoute(path=path).ask(client, picture(b"abc"), pixels=pixels), handle)
    assert seen == [(asked, b"abc")]


def test_trace__refuses_what_is_no_trace() -> None:
    with pytest.raises(TargetError, match="the answer to /t is no trace: it is no safetensors"):
        ask(
            lambda client: TraceRoute(path="/t").ask(client, picture(b"abc"), pixels=False),
            lambda _: response(b"<html>"),
        )


def test_environment__is_a_mapping_of_strings() -> None:
    found = ask(FactsRoute(path="/e").ask, lambda _: response(b'{"threads": 1}'))
    assert found == {"threads": "1"}


def test_environment__refuses_anything_else() -> None:
    with pytest.raises(TargetError, match="the answer to /e is no JSON object"):
        ask(FactsRoute(path="/e").ask, lambda _: response(b"[1]"))
