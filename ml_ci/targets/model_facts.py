"""What a target says of its model: asked over HTTP, or read in the file that runs here.

One that says nothing is no failure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.model_facts import (
    ModelFacts,
    facts_of_document,
    facts_of_strings,
    no_facts,
)
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


def facts_of_session(session: Any, path: Path) -> ModelFacts:
    """Of an onnxruntime.InferenceSession (untyped there) of the model file at ``path``."""
    metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    return facts_of_strings(metadata | {"sha256": sha256_of_file(path)})
