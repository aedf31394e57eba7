"""Ways to ask a server over HTTP: pictures and tensors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from safetensors.numpy import save

from ml_ci.inquiry.way import NoAnswerError, Rungs, Way
from ml_ci.rung import Recorded, record_array, record_text
from ml_ci.targets.client import Client, open_client
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import TraceRoute
from ml_ci.targets.ways import (
    ServerWay,
    TensorRequestWay,
    TensorTraceWay,
)
from ml_ci.wire import TraceAnswer, pack
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
from tests.builders.images import picture, png

Q = TypeVar("Q")


@pytest.fixture(scope="module")
def server() -> Iterator[ForeignServer]:
    """One that is right."""
    with running_foreign_server(BrokenServer().app()) as running:
        yield running


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
        pytest.param(
            response(b"", status="401 No"), True, "/one demands authentication", id="not let in"
        ),
    ],
)
def test_server_way__says_whether_anybody_is_there(
    answer: bytes, gone: bool, sentence: str
) -> None:
    with serving(lambda _: answer) as url, pytest.raises(NoAnswerError) as error:
        ask(url, lambda client: ServerWay(client=client, route=one_route()), pictures(1))

    assert (gone, True) == (error.value.gone, str(error.value).startswith(sentence))


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


def _half_a_character() -> bytes:
    rungs = {"logits": record_array(np.zeros(2, np.float32)), "label": record_text("x")}
    half = replace(rungs["label"].rung, text="\ud800")
    return pack(TraceAnswer(rungs={**rungs, "label": Recorded(rung=half)}, environment={}))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(
            save({"tensor": np.zeros((3, 2, 2), np.float32)}),
            "the answer to /t has neither `logits` nor `probabilities`",
            id="no-numbers",
        ),
        pytest.param(
            _half_a_character(),
            "the label in the answer to /t is no valid Unicode text",
            id="half-a-character",
        ),
    ],
)
def test_tensor_trace_way__refuses(answer: bytes, sentence: str) -> None:
    with serving(lambda _: response(answer)) as url, pytest.raises(NoAnswerError) as error:
        ask(
            url,
            lambda client: TensorTraceWay(client=client, route=TraceRoute(path="/t")),
            [np.zeros((3, 2, 2), np.float32)],
        )

    assert sentence == str(error.value)
