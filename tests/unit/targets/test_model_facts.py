"""Asking a server for its model: what it tells, and that silence is no failure."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.targets.client import Client
from ml_ci.targets.model_facts import ask_model_facts
from ml_ci.targets.routes import FactsRoute


def asked(response: httpx.Response, path: str | None = "/m") -> ModelFacts:
    async def run() -> ModelFacts:
        transport = httpx.MockTransport(lambda _: response)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            client = Client(http=http, timeout_seconds=5, most_bytes=10_000)
            return await ask_model_facts(client, None if path is None else FactsRoute(path=path))

    return asyncio.run(run())


def answer(content: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(content).encode()))


def test_ask_model_facts__keeps_lists_and_objects() -> None:
    facts = asked(answer({"class_names": ["cat", "dog"], "preprocess": {"size": [32, 32]}}))
    assert (("cat", "dog"), {"size": "[32, 32]"}) == (facts.class_names, facts.preprocess)


@pytest.mark.parametrize(
    ("response", "why"),
    [
        pytest.param(answer("no", 404), "/m answered 404: '\"no\"'", id="refused"),
        pytest.param(answer(["cat"]), "the answer to /m is no JSON object", id="a list"),
    ],
)
def test_ask_model_facts__of_a_server_that_does_not_tell(
    response: httpx.Response, why: str
) -> None:
    facts = asked(response)
    assert (None, why) == (facts.class_names, facts.why_unknown)


def test_ask_model_facts__without_a_route() -> None:
    assert "no route is known that tells" == asked(answer({}), path=None).why_unknown
