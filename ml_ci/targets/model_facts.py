"""Asking a server what it says of its model; one that says nothing is no failure."""

from __future__ import annotations

from ml_ci.artifacts.model_facts import ModelFacts, facts_of_document, no_facts
from ml_ci.targets.client import Call, Client, TargetError, parse_json
from ml_ci.targets.routes import FactsRoute


async def ask_model_facts(client: Client, route: FactsRoute | None) -> ModelFacts:
    """What is told under ``route``, None where there is no such route."""
    if route is None:
        return no_facts("no route is known that tells")
    try:
        document = parse_json(await client.send(Call(path=route.path)))
    except TargetError as error:
        return no_facts(str(error))
    if not isinstance(document, dict):
        return no_facts(f"the answer to {route.path} is no JSON object")
    return facts_of_document(document)
