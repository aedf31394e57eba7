"""Settings of servers of the user's own, made by changing single keys of a complete one."""

from __future__ import annotations

import copy
from typing import Any

from ml_ci.params.own_server import OwnServer
from ml_ci.params.predict import AnswerSettings

COMPLETE: dict[str, Any] = {
    "port": 8000,
    "ready": "/health",
    "environment": {"WORKERS": "1"},
    "confined": True,
    "predict": {
        "path": "/predict",
        "request": {"kind": "json", "body": {"image": "<image>"}, "alphabet": "standard"},
        "answer": {
            "label": "label",
            "label_as": "name",
            "probabilities": "probabilities",
            "logits": None,
        },
    },
    "trace": None,
}
DOCKERFILE: dict[str, Any] = {
    "kind": "dockerfile",
    "dockerfile": "server/Dockerfile",
    "build_args": {},
    "build_network": "none",
    **COMPLETE,
}
IMAGE: dict[str, Any] = {
    "kind": "image",
    "image": "mine:1",
    "command": None,
    "models_at": "/models",
    **COMPLETE,
}
MISSING = object()


def changed(document: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy with the dotted ``key`` set to ``value``, or without it when that is MISSING."""
    result = copy.deepcopy(document)
    *path, last = key.split(".")
    node = result
    for part in path:
        node = node[part]
    if value is MISSING:
        del node[last]
    else:
        node[last] = value
    return result


def own_server(**changes: Any) -> OwnServer:
    """The complete server with top-level keys, or `request` and `answer`, replaced."""
    document = copy.deepcopy(COMPLETE)
    for name in ("request", "answer"):
        if name in changes:
            document["predict"][name] = changes.pop(name)
    return OwnServer.model_validate(document | changes)


def answer_settings(**changes: Any) -> AnswerSettings:
    """The answer that tells nothing, with some keys told."""
    untold = {"label": None, "label_as": "name", "probabilities": None, "logits": None}
    return AnswerSettings.model_validate(untold | changes)
