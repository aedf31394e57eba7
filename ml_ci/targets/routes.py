"""Routes of a target: where an image is sent, in which form, and where the answer lies.

Our own server is described in the same words as anybody else's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from safetensors.numpy import save

from ml_ci.params.own_server import OwnServer
from ml_ci.params.predict import (
    IMAGE,
    AnswerSettings,
    JsonRequest,
    PredictSettings,
    TensorRequest,
)
from ml_ci.rung import Recorded
from ml_ci.steps import LADDER, RECEIVED, TENSOR
from ml_ci.targets.answers import AnswerReader
from ml_ci.targets.client import Call, Client, TargetError, parse_json
from ml_ci.targets.plain_trace import read_trace
from ml_ci.targets.requests import Picture, call_about, tensor_of
from ml_ci.wire import MEDIA_TYPE, TraceAnswer

# 25 000 classes with 20 digits each are 0.5 MB; of JSON, memory takes some twenty times the size
MOST_PREDICTION_BYTES = 32 * 2**20
_NAMES = [step.name for step in LADDER]
ABOVE_TENSOR = frozenset(_NAMES[_NAMES.index(TENSOR.name) + 1 :])
"""Rungs that are a server's own when it was sent a tensor."""


@dataclass(frozen=True, kw_only=True)
class PredictRoute:
    """One image in, in whatever form; label, probabilities, logits out, as any client gets them."""

    settings: PredictSettings
    classes: tuple[str, ...] | None
    """The model's; None takes any number of probabilities."""
    one_of: str | None = None
    """Key of the answer that holds a list of answers, one for each image that was sent."""

    async def ask(self, client: Client, picture: Picture) -> dict[str, Recorded]:
        """What is answered for one image, by step; always a `label`.

        Raises TargetError when the answer is none or is malformed.
        """
        call = call_about(picture, self.settings.path, self.settings.request)
        call = replace(call, most_bytes=MOST_PREDICTION_BYTES)
        document = parse_json(await client.send(call))
        if self.one_of is not None:
            _check_one(document, self.one_of)
        reader = AnswerReader(settings=self.settings.answer, classes=self.classes)
        return reader.read(document)


@dataclass(frozen=True, kw_only=True)
class TraceRoute:
    """An image in; the rungs of the server out, see ``ml_ci.targets.plain_trace``."""

    path: str
    from_tensor: bool = False
    """The reference's `tensor` is sent, as predictions get it, and not the encoded image."""

    async def ask(self, client: Client, picture: Picture, *, pixels: bool) -> TraceAnswer:
        """The rungs for one image; ``pixels`` asks for the arrays of the pixel rungs too.

        Raises TargetError when the answer is none or is malformed.
        """
        body = await client.send(self._call(picture, pixels=pixels))
        try:
            answer = read_trace(body)
        except ValueError as error:
            raise TargetError(f"the answer to {self.path} is no trace: {error}") from None
        if not self.from_tensor:
            return answer
        own = {step: rung for step, rung in answer.rungs.items() if step in ABOVE_TENSOR}
        return TraceAnswer(rungs=own, environment=answer.environment)

    def _call(self, picture: Picture, *, pixels: bool) -> Call:
        separator = "&" if "?" in self.path else "?"
        path = f"{self.path}{separator}pixels=1" if pixels else self.path
        if self.from_tensor:
            body = save({TENSOR.name: tensor_of(picture)})
            return Call(path=path, body=body, content_type=MEDIA_TYPE)
        return Call(path=path, body=picture.content)


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
    ready: str | None = None
    """A path that may be asked whether predictions can be; None where none is known."""

    @property
    def entry(self) -> str:
        """The rung that the server is given: the encoded image, or the reference's `tensor`."""
        from_tensor = isinstance(self.predict.settings.request, TensorRequest)
        return TENSOR.name if from_tensor else RECEIVED.name


def routes_of_model(name: str) -> Routes:
    """The routes under which this project's server shows the model ``name``."""
    model = f"/v1/models/{name}"
    predict = PredictSettings(
        path=f"{model}:predict",
        request=JsonRequest(kind="json", body={"instances": [{"b64": IMAGE}]}, alphabet="standard"),
        answer=AnswerSettings(
            label="predictions[0].label",
            label_as="name",
            probabilities="predictions[0].probabilities",
            logits=None,
        ),
    )
    return Routes(
        predict=PredictRoute(settings=predict, classes=None, one_of="predictions"),
        trace=TraceRoute(path=f"{model}:trace"),
        environment=FactsRoute(path=f"{model}/environment"),
        model=FactsRoute(path=model),
    )


def routes_of_server(own: OwnServer, classes: tuple[str, ...]) -> Routes:
    """The routes of a server of the user's own, for a model with these ``classes``."""
    return routes_of_protocol(own.asked, own.trace, classes)


def routes_of_protocol(
    predict: PredictSettings,
    trace: str | None,
    classes: tuple[str, ...],
    *,
    ready: str | None = None,
) -> Routes:
    """The routes of a server that is not ours: what is asked how, and a path that shows rungs."""
    from_tensor = isinstance(predict.request, TensorRequest)
    traced = None if trace is None else TraceRoute(path=trace, from_tensor=from_tensor)
    return Routes(
        predict=PredictRoute(settings=predict, classes=classes),
        trace=traced,
        environment=None,
        ready=ready,
    )


def as_any_client(routes: Routes) -> Routes:
    """In production there are no trace routes, and the environment is nobody's business."""
    return replace(routes, trace=None, environment=None)


def _check_one(document: Any, key: str) -> None:
    """Raise TargetError unless the list under ``key`` has one entry."""
    if not isinstance(document, dict) or key not in document:
        raise TargetError(f"the answer has no `{key}`")
    entries = document[key]
    if not isinstance(entries, list) or len(entries) != 1:
        count = len(entries) if isinstance(entries, list) else "no list of"
        raise TargetError(f"the answer has {count} {key} for one image")
