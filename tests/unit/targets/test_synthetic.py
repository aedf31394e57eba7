"""Synthetic tensors: the same network agrees, another one does not, and nothing is stricter than
noise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ml_ci.artifacts.inquiry import SyntheticInput, SyntheticRecord
from ml_ci.inquiry.tensors import synthetic_tensors
from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.noise import NoiseFloor
from ml_ci.params.predict import TensorRequest
from ml_ci.rung import Array
from ml_ci.targets.client import Client, open_client
from ml_ci.targets.routes import PredictRoute, Routes, TraceRoute, routes_of_model
from ml_ci.targets.synthetic import NOT_FINITE, ask_synthetic, tensor_way
from ml_ci.targets.ways import TensorRequestWay, TensorTraceWay
from tests.builders.broken_servers import (
    CLASS_NAMES,
    SIDE,
    BrokenServer,
    logits_of,
    network,
    probabilities_of,
    rows_route,
    tensors_route,
)
from tests.builders.foreign_server import running_foreign_server
from tests.builders.inquiry import CLASS_NAMES as CATS
from tests.builders.inquiry import answer
from tests.builders.traces import noise_floor

TENSORS = synthetic_tensors((3, SIDE, SIDE), uniform=3)
REFERENCE = answer(0.75, 0.125, 0.125, logits=[2.0, -8.0, 0.0])
QUIET = noise_floor(1e-9)
"""Less than 1e-5 of the largest logit, which is then what counts."""


class Told:
    """Answers every tensor with the same."""

    def __init__(self, rungs: Rungs | None) -> None:
        self.rungs = rungs

    def why_alone(self, _tensor: Array, /) -> str | None:
        return None

    async def ask(self, tensors: Sequence[Array], /) -> Sequence[Rungs]:
        if self.rungs is None:
            raise NoAnswerError("no")
        return [self.rungs for _ in tensors]


def told(
    rungs: Rungs | None, noise: NoiseFloor = QUIET, reference: Rungs = REFERENCE
) -> SyntheticInput:
    """One tensor, answered with ``rungs``."""
    asked = ask_synthetic(Told(rungs), {"ones": np.ones(3)}, {"ones": reference}, noise, CATS)
    (one,) = asyncio.run(asked).inputs
    return one


def without(rungs: Rungs, *steps: str) -> Rungs:
    return {step: recorded for step, recorded in rungs.items() if step not in steps}


def test_ask__compares_logits_where_they_are_told() -> None:
    one = told(answer(0.75, 0.125, 0.125, logits=[2.0, -8.0, 0.5]))

    assert ("logits", 0.5, 8.0, "cat", "cat", "") == (
        one.step,
        one.worst,
        one.largest_logit,
        one.expected,
        one.answered,
        one.failure,
    )


def test_ask__compares_probabilities_where_they_alone_are_told() -> None:
    one = told(answer(0.5, 0.375, 0.125))

    assert ("probabilities", 0.25, "cat") == (one.step, one.worst, one.answered)


@pytest.mark.parametrize(("label", "worst"), [("cat", 0.0), ("dog", 0.625), ("tiger", 1.0)])
def test_ask__compares_labels_where_nothing_else_is_told(label: str, worst: float) -> None:
    one = told(answer(label=label))

    assert ("label", worst, label) == (one.step, one.worst, one.answered)


@pytest.mark.parametrize(
    "rungs",
    [
        pytest.param(answer(0.5, 0.5, logits=[1, 2]), id="other-shape"),
        pytest.param(answer(label="cat", logits=[2.0, np.nan, 0.0]), id="NaN"),
    ],
)
def test_ask__cannot_measure(rungs: Rungs) -> None:
    one = told(rungs)

    assert ("logits", None, "") == (one.step, one.worst, one.failure)


def test_ask__does_without_a_label() -> None:
    """As traces of foreign servers have it."""
    one = told(without(REFERENCE, "label", "probabilities"))

    assert (0.0, "") == (one.worst, one.answered)


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(answer(0.75, 0.125, 0.125, logits=[np.nan, 1, 2]), id="logits"),
        pytest.param(answer(np.nan, 0.5, 0.5, logits=[0, 1, 2], label="cat"), id="probabilities"),
    ],
)
def test_ask__compares_with_no_answer_that_is_not_finite(reference: Rungs) -> None:
    """As of a network that divides ones by their standard deviation."""
    one = told(REFERENCE, reference=reference)

    assert (NOT_FINITE, None, 0.0) == (one.failure, one.worst, one.largest_logit)


def test_ask__keeps_why_there_is_no_answer() -> None:
    one = told(None)

    assert (None, "no", "") == (one.worst, one.failure, one.answered)


@pytest.mark.parametrize(
    ("rungs", "noise", "expected"),
    [
        pytest.param(REFERENCE, QUIET, 8e-5, id="logits"),
        pytest.param(REFERENCE, noise_floor(1e-3), 1e-3, id="logits-no-stricter-than-noise"),
        pytest.param(without(REFERENCE, "logits"), QUIET, 4e-5 + 1e-6, id="probabilities"),
        pytest.param(
            without(REFERENCE, "logits"), noise_floor(1e-3), 5e-4 + 1e-3, id="probabilities-noise"
        ),
        pytest.param(answer(label="cat"), QUIET, 2 * (4e-5 + 1e-6), id="label"),
    ],
)
def test_ask__allows(rungs: Rungs, noise: NoiseFloor, expected: float) -> None:
    assert expected == pytest.approx(told(rungs, noise).allowed, rel=1e-6)


def test_ask__allows_ulps_of_large_logits() -> None:
    large = answer(1, 0, 0, logits=[1e-3, 0, 0])

    assert told(large, QUIET, large).allowed >= 1e-8


def through(net: nn.Sequential) -> SyntheticRecord:
    """All tensors to a server with ``net``, against the right network."""
    reference = {}
    for name, tensor in TENSORS.items():
        logits = logits_of(network(), [tensor])
        reference[name] = answer(
            *probabilities_of(logits)[0],
            label=CLASS_NAMES[int(logits.argmax())],
            logits=logits[0].tolist(),
        )

    async def ask(url: str) -> SyntheticRecord:
        async with open_client(url, timeout_seconds=5, connections=1) as client:
            routes = Routes(predict=tensors_route(), trace=None, environment=None)
            way = tensor_way(client, routes, trace_takes_tensors=False)
            assert way is not None
            return await ask_synthetic(way, TENSORS, reference, QUIET, CLASS_NAMES)

    with running_foreign_server(BrokenServer(net=net).app()) as server:
        return asyncio.run(ask(server.url))


def test_ask__the_same_network_over_http_agrees() -> None:
    inputs = through(network()).inputs

    assert list(TENSORS) == [one.name for one in inputs]
    assert [] == [one for one in inputs if one.worst is None or one.worst > one.allowed]


def test_ask__one_weight_moved_a_little_differs() -> None:
    net = network()
    with torch.no_grad():
        list(net.parameters())[-1][0] += 1e-4  # the last layer's bias

    worst = [one.worst for one in through(net).inputs]

    assert [pytest.approx(1.6e-3, rel=0.05)] * 5 == worst


def picture_routes(trace: TraceRoute | None) -> Routes:
    return replace(routes_of_model("digits"), trace=trace)


def tensor_routes(trace: TraceRoute | None, **told: str | None) -> Routes:
    route = tensors_route()
    assert isinstance(route.settings.request, TensorRequest)
    answers = route.settings.answer.model_copy(update=told)
    settings = route.settings.model_copy(update={"answer": answers})
    predict = PredictRoute(settings=settings, classes=CLASS_NAMES)
    return Routes(predict=predict, trace=trace, environment=None)


TRACE = TraceRoute(path="/t")


@pytest.mark.parametrize(
    ("routes", "takes", "expected"),
    [
        pytest.param(picture_routes(TRACE), True, TensorTraceWay, id="ours"),
        pytest.param(picture_routes(TRACE), False, type(None), id="a-trace-of-pictures"),
        pytest.param(picture_routes(None), True, type(None), id="no-trace"),
        pytest.param(tensor_routes(TRACE), False, TensorRequestWay, id="logits-predicted"),
        pytest.param(
            tensor_routes(TRACE, logits=None, probabilities="p"), False, TensorTraceWay, id="traced"
        ),
        pytest.param(
            tensor_routes(None, logits=None, probabilities="p"),
            False,
            TensorRequestWay,
            id="probabilities",
        ),
    ],
)
def test_tensor_way__takes_the_one_that_tells_most(
    client: Client, routes: Routes, takes: bool, expected: type[object]
) -> None:
    assert expected is type(tensor_way(client, routes, trace_takes_tensors=takes))


@pytest.fixture
def client() -> Client:
    """It is never asked."""
    return Client(http=None, url="", timeout_seconds=1, most_bytes=1)  # type: ignore[arg-type]


def test_rows_route__takes_no_tensors(client: Client) -> None:
    routes = Routes(predict=rows_route(), trace=None, environment=None)

    assert None is tensor_way(client, routes, trace_takes_tensors=False)
