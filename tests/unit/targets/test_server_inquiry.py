"""Asking a server more than the golden set: ours, one that fails, one that takes tensors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.artifacts.inquiry import Inquiry, nothing_asked, synthetic_not_asked
from ml_ci.params.predict import PredictSettings
from ml_ci.targets.credentials import Credentials
from ml_ci.targets.questions import Questions
from ml_ci.targets.routes import Routes, as_any_client, routes_of_model, routes_of_protocol
from ml_ci.targets.server_inquiry import ServerInquiry
from ml_ci.targets.session_ways import ModelFiles
from ml_ci.targets.synthetic import NO_WAY
from tests.builders.foreign_server import running_foreign_server
from tests.builders.http_server import Received, response, serving
from tests.builders.images import RULE
from tests.builders.onnx_model import CLASS_NAMES, SIDE, write_model
from tests.builders.own_servers import answer_settings, own_server
from tests.builders.questions import GOLDEN, Watched, our_server, questions

OURS = routes_of_model("shapes")
TENSORS: dict[str, Any] = {
    "kind": "tensor",
    "layout": "nchw",
    "numbers": "flat",
    "body": {"data": "<tensor>"},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    folder: Path = write_model(tmp_path_factory.mktemp("models"))
    return ModelFiles(folder=folder, rule=RULE, threads=1)


@pytest.fixture(scope="module")
def known(files: ModelFiles) -> Questions:
    return questions(files)


@pytest.fixture(scope="module")
def url(files: ModelFiles) -> Iterator[str]:
    with running_foreign_server(our_server(files)) as server:
        yield server.url


def inquiry(
    files: ModelFiles, known: Questions, routes: Routes = OURS, *, ours: bool = True
) -> ServerInquiry:
    return ServerInquiry(
        name="server",
        routes=routes,
        questions=known,
        tensor_of=files.tensor_of(),
        trace_takes_tensors=ours,
    )


def unasked(found: Inquiry) -> dict[str, str]:
    return {one.name: one.not_asked for one in found.invariants.invariants if one.not_asked}


def test_ask__of_our_server_finds_nothing(files: ModelFiles, known: Questions, url: str) -> None:
    found = inquiry(files, known).ask(url).inquiry

    assert {} == unasked(found)
    assert {(0, True)} == {
        (held.failures, held.answers == held.identical > 0)
        for one in found.invariants.invariants
        for held in one.held
    }
    assert [("logits", 0.0)] * 3 == [(one.step, one.worst) for one in found.synthetic.inputs]
    assert found.accuracy is not None
    assert (10, 0) == (found.accuracy.answered, len(found.accuracy.flips))
    assert CLASS_NAMES == found.facts.class_names


def test_ask__of_our_server_in_production_puts_no_tensors(
    files: ModelFiles, known: Questions, url: str
) -> None:
    found = inquiry(files, known, as_any_client(OURS)).ask(url).inquiry

    assert synthetic_not_asked(NO_WAY) == found.synthetic


def test_ask__has_so_many_under_way_as_params_say(files: ModelFiles, known: Questions) -> None:
    settings = known.settings
    many = settings.invariants.model_copy(update={"concurrency": 7})
    asked = replace(known, settings=settings.model_copy(update={"invariants": many}))
    watched = Watched(app=our_server(files), seconds=0.05)
    with running_foreign_server(watched) as server:
        found = inquiry(files, asked).ask(server.url).inquiry

    assert (7, 7) == (found.invariants.concurrency, watched.most)


def test_ask__sends_the_test_set_as_the_golden_set_is_sent(
    files: ModelFiles, known: Questions
) -> None:
    few = known.settings.invariants.model_copy(update={"concurrency": 2})
    settings = known.settings.model_copy(update={"invariants": few, "concurrency": 5})
    watched = Watched(app=our_server(files), seconds=0.05)
    with running_foreign_server(watched) as server:
        inquiry(files, replace(known, settings=settings)).ask(server.url)

    assert 5 == watched.most


def test_ask__keeps_why_a_server_fails(files: ModelFiles, known: Questions) -> None:
    watched = Watched(app=our_server(files), fails=lambda _count: True)
    with running_foreign_server(watched) as server:
        found = inquiry(files, known).ask(server.url).inquiry

    sentence = "/v1/models/shapes:predict answered 500: 'broken'"
    failures = {held.failure for one in found.invariants.invariants for held in one.held}
    assert ({sentence}, "/v1/models/shapes answered 500: 'broken'") == (
        failures,
        found.facts.why_unknown,
    )
    assert found.accuracy is not None
    assert (0, sentence) == (found.accuracy.answered, found.accuracy.failures[0].message)


def test_ask__of_a_server_that_is_gone_soon_gives_up(files: ModelFiles, known: Questions) -> None:
    with running_foreign_server(our_server(files)) as server:
        pass
    found = inquiry(files, known).ask(server.url).inquiry

    repeated = found.invariants.invariants[0].held[-1].failure
    assert repeated.startswith("given up after 3 in a row: /v1/models/shapes:predict cannot be ")


def test_ask__of_a_server_that_takes_tensors_sends_those_of_the_reference(
    files: ModelFiles, known: Questions
) -> None:
    network, sent = files.network_way().network, []

    def respond(request: Received) -> bytes:
        numbers = np.asarray(json.loads(request.body)["data"], np.float32)
        sent.append(numbers.tobytes())
        tensor = numbers.reshape(1, 3, SIDE, SIDE)
        logits, probabilities = network.run(["logits", "probabilities"], {"tensor": tensor})
        told = {"logits": logits[0].tolist(), "probabilities": probabilities[0].tolist()}
        return response(json.dumps(told).encode())

    answer = answer_settings(probabilities="probabilities", logits="logits").model_dump()
    predict: PredictSettings = own_server(request=TENSORS, answer=answer).asked
    routes = routes_of_protocol(predict, None, CLASS_NAMES)
    with serving(respond) as url:
        found = inquiry(files, known, routes, ours=False).ask(url).inquiry

    tensors = known.synthetic.tensors.values()
    assert {tensor.tobytes() for tensor in tensors} < {*sent}
    assert [("logits", 0.0)] * 3 == [(one.step, one.worst) for one in found.synthetic.inputs]
    assert found.accuracy is not None
    assert (10, 0) == (found.accuracy.answered, found.accuracy.broken)


def test_ask_again__holds_a_fresh_server_against_the_first(
    files: ModelFiles, known: Questions, url: str
) -> None:
    asked = inquiry(files, known).ask(url)
    with running_foreign_server(our_server(files)) as fresh:
        found = inquiry(files, known).ask_again(fresh.url, asked)

    assert "fresh process" == found.name
    assert [(name, 1, 1) for name in GOLDEN] == [
        (one.image, one.answers, one.identical) for one in found.held
    ]


def test_ask_again__sees_another_model(
    files: ModelFiles, known: Questions, url: str, tmp_path: Path
) -> None:
    asked = inquiry(files, known).ask(url)
    other = replace(files, folder=write_model(tmp_path, seed=1))
    with running_foreign_server(our_server(other)) as fresh:
        found = inquiry(files, known).ask_again(fresh.url, asked)

    assert [0] * len(GOLDEN) == [one.identical for one in found.held]


def test_ask_facts__asks_nothing_else(files: ModelFiles, known: Questions) -> None:
    watched = Watched(app=our_server(files))
    with running_foreign_server(watched) as server:
        found = inquiry(files, known).ask_facts(server.url, "given up")

    assert ["/v1/models/shapes"] == watched.asked
    assert (CLASS_NAMES, nothing_asked(found.facts, "given up")) == (found.facts.class_names, found)


def test_ask__sends_the_credentials(files: ModelFiles, known: Questions) -> None:
    seen = set()

    def respond(request: Received) -> bytes:
        seen.add(request.authorization)
        return response(b"{}", status="404 No")

    credentials = Credentials(headers={"Authorization": "Bearer s3cret"}, setting="x")
    with serving(respond) as url:
        replace(inquiry(files, known), credentials=credentials).ask(url)

    assert {"Bearer s3cret"} == seen
