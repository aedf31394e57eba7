"""Ways to ask a target: over HTTP and in this process, pictures and tensors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pytest

from ml_ci.data.decode import ImageError, read_image
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination
from ml_ci.inquiry.way import NoAnswerError, Rungs, Way
from ml_ci.onnx_runtime import onnxruntime
from ml_ci.parity.checks.invariants import invariant_checks
from ml_ci.rung import Array
from ml_ci.targets.client import Client, open_client
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import TraceRoute
from ml_ci.targets.ways import (
    NetworkWay,
    ServerWay,
    SessionWay,
    TensorRequestWay,
    TensorTraceWay,
)
from tests.builders.broken_servers import (
    SIDE,
    BrokenServer,
    logits_of,
    network,
    one_route,
    rows_route,
    tensors_route,
)
from tests.builders.foreign_server import ForeignServer, running_foreign_server
from tests.builders.http_server import response, serving
from tests.builders.images import RULE, picture, png
from tests.builders.onnx_model import CLASS_NAMES, model_bytes, network_bytes
from tests.builders.onnx_model import SIDE as MODEL_SIDE
from tests.builders.traces import noise_floor

Q = TypeVar("Q")


@pytest.fixture(scope="module")
def server() -> Iterator[ForeignServer]:
    """One that is right."""
    with running_foreign_server(BrokenServer().app()) as running:
        yield running


@pytest.fixture(scope="module")
def session_way() -> SessionWay:
    """Into the tiny exported model."""
    return SessionWay(
        model=session(model_bytes()),
        network=session(network_bytes()),
        image_of=lambda given: read_image(given.content, RULE).image,
    )


def session(content: bytes) -> Any:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def ask(url: str, make: Callable[[Client], Way[Q]], questions: Sequence[Q]) -> Sequence[Rungs]:
    async def asked() -> Sequence[Rungs]:
        async with open_client(url, timeout_seconds=5, connections=2) as client:
            return await make(client).ask(questions)

    return asyncio.run(asked())


def numbers(rungs: Rungs, step: str) -> list[float]:
    array = rungs[step].array
    assert array is not None
    return [float(number) for number in array]


def pictures(count: int) -> list[Picture]:
    contents = [png(picture(seed, height=9 + seed)) for seed in range(count)]
    return [
        Picture(name=f"{seed}.png", content=content, tensor=lambda: None)
        for seed, content in enumerate(contents)
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_server_way__answers_in_order(server: ForeignServer, count: int) -> None:
    asked = pictures(count)

    def way(client: Client) -> ServerWay:
        return ServerWay(client=client, route=rows_route())

    together = ask(server.url, way, asked)

    alone = [ask(server.url, way, [one])[0] for one in asked]
    for one, other in zip(together, alone, strict=True):
        assert numbers(one, "probabilities") == pytest.approx(
            numbers(other, "probabilities"), abs=1e-6
        )


@pytest.mark.parametrize(
    ("answer", "gone", "sentence"),
    [
        pytest.param(response(b"{}", status="500 Oh"), False, "/one answered 500", id="refused"),
        pytest.param(b"", True, "the connection broke off during /one", id="gone"),
    ],
)
def test_server_way__says_whether_anybody_is_there(
    answer: bytes, gone: bool, sentence: str
) -> None:
    with serving(lambda _: answer) as url, pytest.raises(NoAnswerError) as error:
        ask(url, lambda client: ServerWay(client=client, route=one_route()), pictures(1))

    assert (gone, True) == (error.value.gone, str(error.value).startswith(sentence))


def test_session_way__has_the_bits_of_the_model(session_way: SessionWay) -> None:
    (asked,) = pictures(1)
    image = read_image(asked.content, RULE).image[np.newaxis]
    logits, probabilities, label = session_way.model.run(
        ["logits", "probabilities", "label"], {"image": image}
    )

    (found,) = asyncio.run(session_way.ask([asked]))

    assert numbers(found, "logits") == logits[0].tolist()
    assert numbers(found, "probabilities") == probabilities[0].tolist()
    assert label[0] == found["label"].rung.text


def test_session_way__puts_pictures_of_all_sizes_into_a_batch(session_way: SessionWay) -> None:
    asked = pictures(3)

    together = asyncio.run(session_way.ask(asked))

    assert None is session_way.why_alone(asked[0])
    for one, found in zip(asked, together, strict=True):
        (alone,) = asyncio.run(session_way.ask([one]))
        assert numbers(alone, "logits") == pytest.approx(numbers(found, "logits"), abs=1e-5)
        assert alone["label"].rung == found["label"].rung


def test_session_way__does_not_answer_what_cannot_be_decoded(session_way: SessionWay) -> None:
    broken = Picture(name="x", content=b"no image", tensor=lambda: None)

    with pytest.raises(NoAnswerError):
        asyncio.run(session_way.ask([broken]))


def test_session_way__does_not_hide_other_errors(session_way: SessionWay) -> None:
    def fail(_: Picture) -> Any:
        raise KeyError("a bug")

    way = SessionWay(model=session_way.model, network=session_way.network, image_of=fail)

    with pytest.raises(KeyError):
        asyncio.run(way.ask(pictures(1)))
    assert issubclass(ImageError, ValueError)


def test_session_way__keeps_every_invariant(session_way: SessionWay) -> None:
    asked = pictures(4)
    labels = [asyncio.run(session_way.ask([one]))[0]["label"].rung.text or "" for one in asked]
    examination = Examination(
        way=session_way,
        chosen=[
            Chosen(name=one.name, picture=one, label=label, margin=0.5)
            for one, label in zip(asked, labels, strict=True)
        ],
        class_names=CLASS_NAMES,
    )

    found = invariant_checks(asyncio.run(examination.run()).record, noise_floor())

    assert ["agrees"] * 7 == [check.outcome for check in found]


def test_network_way__takes_tensors(session_way: SessionWay) -> None:
    tensors: list[Array] = [
        np.full((3, MODEL_SIDE, MODEL_SIDE), level, np.float32) for level in (0.25, 0.5)
    ]
    way = NetworkWay(network=session_way.network)

    found = asyncio.run(way.ask(tensors))

    assert [len(CLASS_NAMES)] * 2 == [len(numbers(one, "logits")) for one in found]
    assert numbers(found[1], "logits") == pytest.approx(
        [2 * number for number in numbers(found[0], "logits")], rel=1e-5
    )


def test_network_way__does_not_answer_a_tensor_of_another_shape(session_way: SessionWay) -> None:
    way = NetworkWay(network=session_way.network)

    with pytest.raises(NoAnswerError, match=r"^ONNX Runtime refuses: "):
        asyncio.run(way.ask([np.zeros((3, 5, 7), np.float32)]))


@pytest.mark.parametrize("count", [1, 2])
def test_tensor_request_way__sends_the_tensors(server: ForeignServer, count: int) -> None:
    tensors = list(np.random.default_rng(0).random((count, 3, SIDE, SIDE), np.float32))

    found = ask(
        server.url, lambda client: TensorRequestWay(client=client, route=tensors_route()), tensors
    )

    expected = logits_of(network(), tensors)
    assert expected == pytest.approx(np.array([numbers(one, "logits") for one in found]), abs=1e-4)


def test_tensor_trace_way__sends_each_tensor() -> None:
    tensors = [np.full((3, 2, 2), level, np.float32) for level in (0.25, 0.5)]

    with running_foreign_server() as foreign:
        found = ask(
            foreign.url,
            lambda client: TensorTraceWay(client=client, route=TraceRoute(path="/rungs")),
            tensors,
        )

    assert [[0.25, 0.25], [0.5, 0.5]] == [numbers(one, "logits") for one in found]
    assert ["logits"] == list(found[0])


def test_tensor_trace_way__says_what_went_wrong(server: ForeignServer) -> None:
    with pytest.raises(NoAnswerError, match=r"^/rungs answered 404"):
        ask(
            server.url,
            lambda client: TensorTraceWay(client=client, route=TraceRoute(path="/rungs")),
            [np.zeros((3, 2, 2), np.float32)],
        )
