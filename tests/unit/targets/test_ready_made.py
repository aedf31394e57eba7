"""Ready-made protocols over real HTTP: every bit arrives, and every number comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.params.protocols import OpenInference, ReadyMade, SageMaker, TfServing
from ml_ci.rung import record_array
from ml_ci.targets.asking import Source
from ml_ci.targets.deployed import Deployed
from ml_ci.targets.replay import ReplayJob, ReplayResult, replay
from ml_ci.targets.routes import routes_of_protocol
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.foreign_server import digest
from tests.builders.http_server import Received, Respond, response, serving
from tests.builders.model_servers import (
    CLASSES,
    LOGITS,
    SCORES,
    open_inference,
    sagemaker,
    tf_serving,
)
from tests.builders.target_settings import (
    OPEN_INFERENCE,
    SAGEMAKER,
    TENSOR_INPUT,
    TF_SERVING,
    replay_settings,
)

IMAGE = b"\x89PNG\r\n\x1a\n\x00\xff"
TENSOR = np.linspace(-1.7, 3.1, 24, dtype=np.float32).reshape(3, 2, 4)
NHWC = TENSOR.transpose(1, 2, 0)
TF_ANSWER = {"label": "classes", "label_as": "name", "probabilities": "scores", "logits": "logits"}
OUTPUTS = {"label": "label", "label_as": "name", "probabilities": "scores", "logits": "logits"}
ONE_OUTPUT = {"label": None, "label_as": "name", "probabilities": "@", "logits": None}


def tf(**changes: Any) -> TfServing:
    return TfServing.model_validate(TF_SERVING | {"answer": TF_ANSWER} | changes)


def v2(**input_: Any) -> OpenInference:
    return OpenInference.model_validate(OPEN_INFERENCE | {"outputs": OUTPUTS, "input": input_})


def container(**changes: Any) -> SageMaker:
    return SageMaker.model_validate(SAGEMAKER | changes)


def ask(protocol: ReadyMade, respond: Respond, folder: Path) -> tuple[ReplayResult, Trace]:
    header = TraceHeader(target="reference", receipt="r", created="")
    with TraceWriter(folder / "reference", header) as writer:
        writer.add("a.png", {"tensor": record_array(TENSOR)})
    with serving(respond) as url:
        job = ReplayJob(
            target="staging",
            receipt="r",
            routes=routes_of_protocol(protocol.predict, None, CLASSES, ready=protocol.ready),
            settings=replay_settings(concurrency=2, timeout_seconds=5.0),
            reference=Trace.open(folder / "reference"),
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )
        sources = [Source(name="a.png", read=partial(bytes, IMAGE))]
        result = replay(Deployed(url=url), sources, folder / "trace", job)
    return result, Trace.open(folder / "trace")


def numbers(trace: Trace) -> Mapping[str, list[float]]:
    found = {step: trace.array("a.png", step) for step in ("probabilities", "logits")}
    return {step: array.tolist() for step, array in found.items() if array is not None}


@pytest.mark.parametrize(
    ("protocol", "respond", "seen"),
    [
        pytest.param(tf(), tf_serving, IMAGE, id="tf image"),
        pytest.param(tf(version=1), tf_serving, IMAGE, id="tf version"),
        pytest.param(
            tf(input={"kind": "image", "name": "image_bytes"}), tf_serving, IMAGE, id="tf named"
        ),
        pytest.param(tf(input=TENSOR_INPUT), tf_serving, TENSOR.tobytes(), id="tf tensor"),
        pytest.param(
            tf(input={"kind": "tensor", "layout": "nhwc"}),
            tf_serving,
            NHWC.tobytes(),
            id="tf tensor nhwc",
        ),
        pytest.param(
            v2(kind="image", name="image", encoding="base64", shape=[1]),
            open_inference,
            IMAGE,
            id="v2 base64",
        ),
        pytest.param(
            v2(kind="image", name="image", encoding="binary", shape=[1, 1]),
            open_inference,
            IMAGE,
            id="v2 binary",
        ),
        pytest.param(
            v2(kind="tensor", name="input", layout="nchw"),
            open_inference,
            TENSOR.tobytes(),
            id="v2 tensor",
        ),
        pytest.param(
            v2(kind="tensor", name="input", layout="nhwc"),
            open_inference,
            NHWC.tobytes(),
            id="v2 tensor nhwc",
        ),
        pytest.param(container(), sagemaker, IMAGE, id="sagemaker image"),
        pytest.param(
            container(
                request={"kind": "json", "body": {"image": "<image>"}, "alphabet": "standard"}
            ),
            sagemaker,
            IMAGE,
            id="sagemaker JSON",
        ),
    ],
)
def test_ready_made__brings_every_bit(
    protocol: ReadyMade, respond: Respond, seen: bytes, tmp_path: Path
) -> None:
    result, trace = ask(protocol, respond, tmp_path)
    assert ({}, None, digest(seen)) == (
        result.failures,
        result.gave_up,
        trace.text("a.png", "label"),
    )


BOTH = {"probabilities": list(SCORES), "logits": list(LOGITS)}


@pytest.mark.parametrize(
    ("protocol", "respond", "expected"),
    [
        pytest.param(tf(), tf_serving, BOTH, id="tf"),
        pytest.param(
            tf(signature="one_output", answer=ONE_OUTPUT),
            tf_serving,
            {"probabilities": list(SCORES)},
            id="tf one output",
        ),
        pytest.param(
            v2(kind="tensor", name="input", layout="nchw"), open_inference, BOTH, id="v2 nested"
        ),
        pytest.param(container(), sagemaker, {"probabilities": list(SCORES)}, id="sagemaker"),
    ],
)
def test_ready_made__finds_the_numbers(
    protocol: ReadyMade, respond: Respond, expected: Mapping[str, list[float]], tmp_path: Path
) -> None:
    assert expected == numbers(ask(protocol, respond, tmp_path)[1])


@pytest.mark.parametrize(
    ("protocol", "entry"),
    [
        pytest.param(tf(), "received", id="encoded image"),
        pytest.param(v2(kind="tensor", name="input", layout="nchw"), "tensor", id="tensor"),
    ],
)
def test_ready_made__is_judged_from_what_it_was_given(protocol: ReadyMade, entry: str) -> None:
    assert entry == routes_of_protocol(protocol.predict, None, CLASSES).entry


def test_ready_made__without_a_label_takes_the_largest_probability(tmp_path: Path) -> None:
    _, trace = ask(tf(signature="one_output", answer=ONE_OUTPUT), tf_serving, tmp_path)
    assert "light" == trace.text("a.png", "label")


def test_ready_made__says_what_the_server_minds(tmp_path: Path) -> None:
    result, _ = ask(tf(model="letters"), tf_serving, tmp_path)
    assert {
        "a.png": "/v1/models/letters:predict answered 404: "
        '\'{"error": "Servable not found for request: letters"}\''
    } == result.failures


def test_ready_made__names_an_output_that_is_not_there(tmp_path: Path) -> None:
    outputs = OUTPUTS | {"probabilities": "softmax"}
    protocol = OpenInference.model_validate(OPEN_INFERENCE | {"outputs": outputs})
    result, _ = ask(protocol, open_inference, tmp_path)
    assert result.failures["a.png"].startswith(
        "the prediction has no list of `probabilities` at "
        "`outputs[?name=='softmax'] | [0].data[]`; the answer begins with "
    )


@pytest.mark.parametrize(
    ("status", "gave_up"),
    [
        ("503 Not Yet", "the server is not ready: /ping answered 503: 'loading'"),
        ("404 Not Found", None),
        ("403 Forbidden", None),
    ],
)
def test_ready_made__sends_nothing_to_a_server_that_is_not_ready(
    status: str, gave_up: str | None, tmp_path: Path
) -> None:
    asked = []

    def respond(request: Received) -> bytes:
        asked.append(request.path)
        if request.path == "/ping":
            return response(b"loading", status=status)
        return sagemaker(request)

    result, _ = ask(container(), respond, tmp_path)
    expected = ["/ping"] if gave_up else ["/ping", "/invocations"]
    assert (gave_up, expected) == (result.gave_up, asked)
