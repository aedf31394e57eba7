"""The routes: what each answers, and that a bad request is never a server error."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from ml_ci.serving.protocol import Prediction
from ml_ci.serving.session import ModelSession
from ml_ci.wire import MEDIA_TYPE, unpack
from tests.builders.asgi import Send
from tests.builders.images import picture, png

PREDICT, TRACE = "/v1/models/shapes:predict", "/v1/models/shapes:trace"


def instances(*contents: bytes) -> dict[str, Any]:
    return {"instances": [{"b64": base64.b64encode(content).decode()} for content in contents]}


def test_healthz__says_ok(send: Send) -> None:
    answer = send("GET", "/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_model__is_described(send: Send, session: ModelSession) -> None:
    assert send("GET", "/v1/models/shapes").json() == {
        "name": "shapes",
        "version": 1,
        "sha256": session.card.identity.sha256,
        "class_names": ["circle", "square", "dreieck ▲"],
        "provenance": session.card.provenance,
        "preprocess": {"fit": "stretch", "size": [4, 4]},
        "decode_rule": {
            "orientation": "exif",
            "background": [255, 255, 255],
            "max_bytes": 100_000,
            "max_side": 300,
            "max_pixels": 40_000,
            "max_aspect": 20.0,
        },
    }


def test_predict__answers_each_instance_in_order(send: Send, session: ModelSession) -> None:
    pictures = [picture(seed, height=5 + seed) for seed in range(4)]
    answer = send("POST", PREDICT, json=instances(*map(png, pictures)))
    expected = [session.predict(one) for one in pictures]
    assert [entry["label"] for entry in answer.json()["predictions"]] == [
        one.label for one in expected
    ]
    found = [np.float32(entry["probabilities"]) for entry in answer.json()["predictions"]]
    assert [array.tobytes() for array in found] == [one.probabilities.tobytes() for one in expected]


def test_predict__of_an_undecodable_image_keeps_the_others(send: Send) -> None:
    answer = send("POST", PREDICT, json=instances(png(), b"no image", png()))
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("instance 1: ")
    assert [sorted(entry) for entry in answer.json()["predictions"]] == [
        ["label", "probabilities"],
        ["error"],
        ["label", "probabilities"],
    ]


def test_predict__that_is_not_finite_is_an_error_of_that_instance(
    send: Send, session: ModelSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Prediction(label="a", probabilities=np.array([np.nan, 1], dtype=np.float32))
    monkeypatch.setattr(session, "predict", lambda _: broken)
    answer = send("POST", PREDICT, json=instances(png()))
    reason = "the model's probabilities for it are not finite numbers"
    assert (answer.status_code, answer.json()["predictions"]) == (422, [{"error": reason}])


def test_predict__of_an_image_beyond_the_limits_says_so(send: Send) -> None:
    answer = send("POST", PREDICT, json=instances(png(picture(height=1, width=301))))
    assert answer.json()["predictions"][0]["error"].startswith("it is 301×1 pixels")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/", 404, id="the root"),
        pytest.param("GET", "/v1/models/other", 404, id="another model"),
        pytest.param("POST", "/v1/models/other:predict", 404, id="predict of another model"),
        pytest.param("GET", PREDICT, 405, id="another method"),
    ],
)
def test_unknown_routes__are_refused_in_json(
    send: Send, method: str, path: str, status: int
) -> None:
    answer = send(method, path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_body__beyond_the_limit_is_413(send: Send) -> None:
    answer = send("POST", PREDICT, content=b"x" * 200_001)
    assert answer.status_code == 413
    assert answer.json() == {"error": "the body is larger than 200000 bytes"}


def test_bug__tells_the_client_nothing(
    send: Send, session: ModelSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "predict", lambda _: 1 / 0)
    answer = send("POST", PREDICT, json=instances(png()))
    assert answer.status_code == 500
    assert answer.json() == {"error": "internal error; the server's log has the traceback"}


@pytest.mark.parametrize("path", [TRACE, "/v1/models/shapes/environment"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_trace_routes__in_production_are_like_any_unknown_path(
    send_in_production: Send, method: str, path: str
) -> None:
    answer = send_in_production(method, path, content=png() if method == "POST" else None)
    unknown = send_in_production(method, "/nowhere")
    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
    assert answer.status_code == 404


def test_environment__is_told_with_the_trace_setting(send: Send) -> None:
    assert send("GET", "/v1/models/shapes/environment").json() == {"python": "3.11.7"}


def test_trace__has_every_rung(send: Send) -> None:
    answer = send("POST", TRACE, content=png())
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert list(unpack(answer.content).rungs) == [
        "received",
        "decoded",
        "image",
        "resized",
        "tensor",
        "logits",
        "probabilities",
        "label",
    ]


def test_trace__sends_pixels_when_asked(send: Send) -> None:
    rungs = unpack(send("POST", f"{TRACE}?pixels=1", content=png()).content).rungs
    array = rungs["image"].array
    assert array is not None
    assert array.tolist() == picture().tolist()


def test_trace__of_arrays_goes_by_the_media_type(send: Send) -> None:
    body = save({"image": picture()})
    answer = send(
        "POST", TRACE, content=body, headers={"content-type": f"{MEDIA_TYPE.upper()} ; x=1"}
    )
    assert next(iter(unpack(answer.content).rungs)) == "image"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"no image", 422, id="no image"),
        pytest.param(b"", 422, id="nothing"),
    ],
)
def test_trace__of_an_unusable_body_is_refused(send: Send, content: bytes, status: int) -> None:
    answer = send("POST", TRACE, content=content)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
