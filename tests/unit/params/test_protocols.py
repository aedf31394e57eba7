"""Ready-made protocols, written out: paths, requests, and where the answer lies."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.params.own_server import OwnServer
from ml_ci.params.predict import PredictSettings
from ml_ci.params.protocols import OpenInference, SageMaker, TfServing, expanded
from tests.builders.own_servers import COMPLETE, changed
from tests.builders.target_settings import OPEN_INFERENCE, SAGEMAKER, TENSOR_INPUT, TF_SERVING


def tf_serving(**changes: Any) -> PredictSettings:
    return TfServing.model_validate(TF_SERVING | changes).predict


def open_inference(**changes: Any) -> PredictSettings:
    return OpenInference.model_validate(OPEN_INFERENCE | changes).predict


def request_of(predict: PredictSettings) -> dict[str, Any]:
    return predict.request.model_dump()


@pytest.mark.parametrize(
    ("version", "ready"),
    [(None, "/v1/models/digits"), (3, "/v1/models/digits/versions/3")],
)
def test_tf_serving__asks_the_model(version: int | None, ready: str) -> None:
    protocol = TfServing.model_validate(TF_SERVING | {"version": version})
    assert (ready, f"{ready}:predict") == (protocol.ready, protocol.predict.path)


@pytest.mark.parametrize(
    ("name", "instance"),
    [
        pytest.param(None, {"b64": "<image>"}, id="the only input"),
        pytest.param("image_bytes", {"image_bytes": {"b64": "<image>"}}, id="a named input"),
    ],
)
def test_tf_serving__sends_an_image_as_a_row(name: str | None, instance: Any) -> None:
    predict = tf_serving(input={"kind": "image", "name": name})
    expected = {"kind": "json", "body": {"instances": [instance]}, "alphabet": "standard"}
    assert expected == request_of(predict)


def test_tf_serving__sends_a_tensor_as_a_row() -> None:
    expected = {
        "kind": "tensor",
        "body": {"instances": "<tensor>"},
        "layout": "nchw",
        "numbers": "nested",
    }
    assert expected == request_of(tf_serving(input=TENSOR_INPUT))


@pytest.mark.parametrize("input_", [{"kind": "image", "name": None}, TENSOR_INPUT])
def test_tf_serving__names_the_signature(input_: Any) -> None:
    body = request_of(tf_serving(signature="bytes", input=input_))["body"]
    assert "bytes" == body["signature_name"]


def test_tf_serving__looks_within_the_prediction() -> None:
    answer = {"label": None, "label_as": "index", "probabilities": "@", "logits": "a.b"}
    assert {
        "label": None,
        "label_as": "index",
        "probabilities": "predictions[0] | @",
        "logits": "predictions[0] | a.b",
    } == tf_serving(answer=answer).answer.model_dump()


@pytest.mark.parametrize(
    ("version", "path"),
    [(None, "/v2/models/digits"), ("v10", "/v2/models/digits/versions/v10")],
)
def test_open_inference__asks_the_model(version: str | None, path: str) -> None:
    protocol = OpenInference.model_validate(OPEN_INFERENCE | {"version": version})
    assert (f"{path}/ready", f"{path}/infer") == (protocol.ready, protocol.predict.path)


def test_open_inference__sends_an_image_in_the_json() -> None:
    expected = {
        "name": "image",
        "datatype": "BYTES",
        "shape": [1],
        "parameters": {"content_type": "base64"},
        "data": ["<image>"],
    }
    assert {"inputs": [expected]} == request_of(open_inference())["body"]


def test_open_inference__sends_an_image_behind_the_json() -> None:
    input_ = {"kind": "image", "name": "image", "encoding": "binary", "shape": [1, 1]}
    expected = {"kind": "binary", "input": "image", "shape": [1, 1]}
    assert expected == request_of(open_inference(input=input_))


def test_open_inference__sends_a_tensor() -> None:
    request = request_of(open_inference(input={"kind": "tensor", "name": "x", "layout": "nhwc"}))
    given = {"name": "x", "datatype": "FP32", "shape": "<shape>", "data": "<tensor>"}
    expected = {"kind": "tensor", "body": {"inputs": [given]}, "layout": "nhwc", "numbers": "flat"}
    assert expected == request


def test_open_inference__finds_outputs_by_name() -> None:
    assert {
        "label": "outputs[?name=='label'] | [0].data[] | [0]",
        "label_as": "name",
        "probabilities": "outputs[?name=='probabilities'] | [0].data[]",
        "logits": None,
    } == open_inference().answer.model_dump()


def test_sagemaker__asks_where_every_container_answers() -> None:
    protocol = SageMaker.model_validate(SAGEMAKER)
    assert ("/ping", "/invocations", SAGEMAKER["request"]) == (
        protocol.ready,
        protocol.predict.path,
        request_of(protocol.predict),
    )


@pytest.mark.parametrize(
    ("predict", "path"),
    [
        (COMPLETE["predict"], "/predict"),
        (TF_SERVING, "/v1/models/digits:predict"),
        (OPEN_INFERENCE, "/v2/models/digits/infer"),
        (SAGEMAKER, "/invocations"),
    ],
    ids=["by hand", "tf-serving", "open-inference", "sagemaker"],
)
def test_own_server__may_speak_a_ready_made_protocol(predict: Any, path: str) -> None:
    own = OwnServer.model_validate(changed(COMPLETE, "predict", predict))
    assert (path, expanded(own.predict)) == (own.asked.path, own.asked)
