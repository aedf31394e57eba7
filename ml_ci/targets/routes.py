"""Routes of a target: how an image is put into a request, and where the answer lies.

These are templates over paths and JSON; what serves behind them may be anyone's.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.rung import Recorded, record_array, record_text
from ml_ci.steps import LABEL, PROBABILITIES
from ml_ci.targets.client import Call, Client, TargetError, parse_json
from ml_ci.wire import TraceAnswer, unpack


@dataclass(frozen=True, kw_only=True)
class PredictRoute:
    """JSON with one base64 image in; label and probabilities out, as any client gets them."""

    path: str

    async def ask(self, client: Client, content: bytes) -> dict[str, Recorded]:
        """`probabilities` (float32 K) and `label` answered for one encoded image.

        Raises TargetError when the answer is none or is malformed.
        """
        instance = {"b64": base64.b64encode(content).decode("ascii")}
        body = json.dumps({"instances": [instance]}).encode("ascii")
        call = Call(path=self.path, body=body, content_type="application/json")
        return _prediction(parse_json(await client.send(call)))


@dataclass(frozen=True, kw_only=True)
class TraceRoute:
    """An encoded image in; the rungs of the server out, see ``ml_ci.wire``."""

    path: str

    async def ask(self, client: Client, content: bytes, *, pixels: bool) -> TraceAnswer:
        """The rungs for one encoded image; ``pixels`` asks for the arrays of the pixel rungs too.

        Raises TargetError when the answer is none or is malformed.
        """
        path = f"{self.path}?pixels=1" if pixels else self.path
        body = await client.send(Call(path=path, body=content))
        try:
            return unpack(body)
        except ValueError as error:
            raise TargetError(f"the answer to {self.path} is no trace: {error}") from None


@dataclass(frozen=True, kw_only=True)
class FactsRoute:
    """What the server says about itself: its model, or its machine and versions."""

    path: str

    async def ask(self, client: Client) -> dict[str, str]:
        """Name → value. Raises TargetError when the server does not tell."""
        document = parse_json(await client.send(Call(path=self.path)))
        if not isinstance(document, dict):
            raise TargetError(f"the answer to {self.path} is no JSON object")
        return {str(name): str(value) for name, value in document.items()}


@dataclass(frozen=True, kw_only=True)
class Routes:
    """The routes of one model on one server."""

    predict: PredictRoute
    trace: TraceRoute | None
    """None for a server that only answers predictions."""
    environment: FactsRoute | None
    model: FactsRoute | None = None
    """Its `sha256` is that of the model file."""


def routes_of_model(name: str) -> Routes:
    """The routes under which this project's server shows the model ``name``."""
    model = f"/v1/models/{name}"
    return Routes(
        predict=PredictRoute(path=f"{model}:predict"),
        trace=TraceRoute(path=f"{model}:trace"),
        environment=FactsRoute(path=f"{model}/environment"),
        model=FactsRoute(path=model),
    )


def _prediction(document: Any) -> dict[str, Recorded]:
    if not isinstance(document, dict) or "predictions" not in document:
        raise TargetError("the answer has no `predictions`")
    predictions = document["predictions"]
    if not isinstance(predictions, list) or len(predictions) != 1:
        count = len(predictions) if isinstance(predictions, list) else "no list of"
        raise TargetError(f"the answer has {count} predictions for one image")
    prediction = predictions[0]
    if not isinstance(prediction, dict) or not isinstance(prediction.get("label"), str):
        raise TargetError("the prediction has no `label`")
    try:
        label = record_text(prediction["label"])
    except UnicodeEncodeError:
        raise TargetError("the label is no valid Unicode text") from None
    probabilities = record_array(_probabilities(prediction.get("probabilities")))
    return {PROBABILITIES.name: probabilities, LABEL.name: label}


def _probabilities(numbers: Any) -> NDArray[np.float32]:
    """float32 K. bool is an int to Python and no number in JSON, hence `type`."""
    if not isinstance(numbers, list) or not numbers:
        raise TargetError("the prediction has no list of `probabilities`")
    largest = float(np.finfo(np.float32).max)
    for index, number in enumerate(numbers):
        if type(number) not in (int, float) or not abs(number) <= largest:
            raise TargetError(f"probability {index} is no float32 number")
    return np.array(numbers, dtype=np.float64).astype(np.float32)
