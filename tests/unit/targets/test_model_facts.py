"""Asking a server for its model: what it tells, and that silence is no failure."""

from __future__ import annotations

import asyncio
import json

import pytest

from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.targets.client import open_client
from ml_ci.targets.model_facts import ask_model_facts
from ml_ci.targets.routes import FactsRoute
from tests.builders.http_server import response, serving


def asked(answer: bytes, path: str | None = "/m") -> ModelFacts:
    async def run(url: str) -> ModelFacts:
        async with open_client(url, timeout_seconds=5, connections=1, most_bytes=10_000) as client:
            return await ask_model_facts(client, None if path is None else FactsRoute(path=path))

    with serving(lambda _: answer) as url:
        return asyncio.run(run(url))


def answer(content: object, status: str = "200 OK") -> bytes:
    return response(json.dumps(content).encode(), status=status)


def test_ask_model_facts__keeps_lists_and_objects() -> None:
    facts = asked(answer({"class_names": ["cat", "dog"], "preprocess": {"size": [32, 32]}}))
    assert (("cat", "dog"), {"size": "[32, 32]"}) == (facts.class_names, facts.preprocess)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param(answer("no", "404 Not Found"), "/m answered 404: '\"no\"'", id="refused"),
        pytest.param(answer(["cat"]), "the answer to /m is no JSON object", id="a list"),
    ],
)
def test_ask_model_facts__of_a_server_that_does_not_tell(told: bytes, why: str) -> None:
    facts = asked(told)
    assert (None, why) == (facts.class_names, facts.why_unknown)


def test_ask_model_facts__without_a_route() -> None:
    assert "no route is known that tells" == asked(answer({}), path=None).why_unknown
