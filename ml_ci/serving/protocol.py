"""The predict protocol: JSON with base64 images in, labels and probabilities out.

Request: ``{"instances": [{"b64": "…"}, …]}``, standard or URL-safe base64, padding optional.

Answer: ``{"predictions": [{"label": "…", "probabilities": [...]}, …], "model": {"name": "…",
"version": 1, "sha256": "…"}}``, one prediction per instance in the same order, probabilities in the
order of the model's class names. When instances cannot be used the status is 422, their place holds
``{"error": "…"}``, the other instances are answered as usual, and a top-level ``error`` names them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_ci.rung import Array
from ml_ci.serving.request_error import RequestError

BAD_REQUEST, TOO_LARGE, UNUSABLE = 400, 413, 422
_STANDARD_ALPHABET = str.maketrans("-_", "+/")
_NAMED_INSTANCES = 5  # of many unusable ones, this many are named in the top-level error


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """An instance that cannot be answered, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The answer to one instance."""

    label: str
    probabilities: Array
    """float32 K, in the order of the class names."""


@dataclass(frozen=True, kw_only=True)
class ModelIdentity:
    """Which model answered."""

    name: str
    version: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As it stands in answers."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


def parse_instances(body: bytes, *, most: int) -> list[bytes | Unusable]:
    """The encoded images of a request, in order, at most ``most`` of them.

    Raises RequestError when the request as a whole cannot be understood.
    """
    document = _parse_json(body)
    if not isinstance(document, dict) or set(document) != {"instances"}:
        raise RequestError(BAD_REQUEST, 'the body has to be {"instances": [{"b64": "…"}, …]}')
    instances = document["instances"]
    if not isinstance(instances, list) or not instances:
        raise RequestError(BAD_REQUEST, "`instances` has to be a list with at least one entry")
    if len(instances) > most:
        raise RequestError(
            TOO_LARGE, f"{len(instances)} instances in one request; at most {most} are accepted"
        )
    return [_image_of(instance) for instance in instances]


def format_answer(
    predictions: Sequence[Prediction | Unusable], model: ModelIdentity
) -> tuple[int, dict[str, Any]]:
    """HTTP status and JSON document of the answer."""
    answer: dict[str, Any] = {
        "predictions": [_prediction_as_json(prediction) for prediction in predictions],
        "model": model.as_json(),
    }
    unusable = {
        index: prediction.reason
        for index, prediction in enumerate(predictions)
        if isinstance(prediction, Unusable)
    }
    if not unusable:
        return 200, answer
    named = [f"instance {index}: {reason}" for index, reason in unusable.items()]
    if len(named) > _NAMED_INSTANCES:
        named = [*named[:_NAMED_INSTANCES], f"and {len(named) - _NAMED_INSTANCES} more"]
    return UNUSABLE, {"error": "; ".join(named), **answer}


def shortest_decimal(value: np.float32) -> float:
    """A number whose JSON form is short and reads back as exactly the same float32."""
    short = float(str(value))
    # Reading goes through float64; where that second rounding could move it, send all digits.
    return short if np.float32(short) == value else float(value)


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise RequestError(BAD_REQUEST, "the JSON is nested too deeply") from None
    except ValueError as error:
        raise RequestError(BAD_REQUEST, f"the body is not JSON: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _image_of(instance: Any) -> bytes | Unusable:
    if not isinstance(instance, dict) or set(instance) != {"b64"}:
        return Unusable(reason='it has to be {"b64": "…"}')
    text = instance["b64"]
    if not isinstance(text, str):
        return Unusable(reason="`b64` is no string")
    padded = text.translate(_STANDARD_ALPHABET).rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        return Unusable(reason="`b64` is not base64 (one line, standard or URL-safe alphabet)")


def _prediction_as_json(prediction: Prediction | Unusable) -> dict[str, Any]:
    if isinstance(prediction, Unusable):
        return {"error": prediction.reason}
    numbers = [shortest_decimal(value) for value in prediction.probabilities.astype(np.float32)]
    return {"label": prediction.label, "probabilities": numbers}
