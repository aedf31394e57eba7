"""Ways to ask a target: over HTTP, or in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import ImageError
from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.rung import Array, Recorded, record_array, record_text
from ml_ci.steps import IMAGE, LABEL, LOGITS, PROBABILITIES, TENSOR
from ml_ci.targets.batches import ask_together, why_alone
from ml_ci.targets.client import Client, TargetError
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import PredictRoute, TraceRoute

_ANSWERS = [LOGITS.name, PROBABILITIES.name, LABEL.name]


@dataclass(frozen=True, kw_only=True)
class ServerWay:
    """Pictures, as any client of the server sends them."""

    client: Client
    """With as many connections as questions are to be under way."""
    route: PredictRoute

    def why_alone(self, picture: Picture, /) -> str | None:
        """The protocol's reason."""
        return why_alone(self.route, picture)

    async def ask(self, pictures: Sequence[Picture], /) -> Sequence[Rungs]:
        """Raises NoAnswerError."""
        try:
            if len(pictures) == 1:
                return [await self.route.ask(self.client, pictures[0])]
            return await ask_together(self.client, self.route, pictures)
        except TargetError as error:
            raise _unanswered(error) from None


@dataclass(frozen=True, kw_only=True)
class SessionWay:
    """Pictures, into ONNX Runtime sessions of this process (untyped there)."""

    model: Any
    """From `image`."""
    network: Any
    """The same from `tensor`: pictures of different sizes are a batch only from there on."""
    image_of: Callable[[Picture], NDArray[np.uint8]]
    """uint8 H×W×3; may raise ImageError."""

    def why_alone(self, _picture: Picture, /) -> str | None:
        """Any can be in a batch."""
        return None

    async def ask(self, pictures: Sequence[Picture], /) -> Sequence[Rungs]:
        """In a thread, as a server does it. Raises NoAnswerError."""
        return await asyncio.to_thread(self._ask, pictures)

    def _ask(self, pictures: Sequence[Picture]) -> Sequence[Rungs]:
        try:
            images = [self.image_of(picture)[np.newaxis] for picture in pictures]  # (1, H, W, 3)
        except ImageError as error:
            raise NoAnswerError(str(error)) from None
        if len(images) == 1:
            return _rungs(_run(self.model, _ANSWERS, {IMAGE.name: images[0]}))
        tensors = [_run(self.model, [TENSOR.name], {IMAGE.name: image})[0] for image in images]
        return _rungs(_run(self.network, _ANSWERS, {TENSOR.name: np.concatenate(tensors)}))


@dataclass(frozen=True, kw_only=True)
class TensorRequestWay:
    """Tensors, to a server whose predictions take them."""

    client: Client
    route: PredictRoute

    def why_alone(self, tensor: Array, /) -> str | None:
        """The protocol's reason."""
        return why_alone(self.route, _picture_of(tensor))

    async def ask(self, tensors: Sequence[Array], /) -> Sequence[Rungs]:
        """Raises NoAnswerError."""
        way = ServerWay(client=self.client, route=self.route)
        return await way.ask([_picture_of(tensor) for tensor in tensors])


@dataclass(frozen=True, kw_only=True)
class TensorTraceWay:
    """Tensors, to a trace route that takes them."""

    client: Client
    route: TraceRoute

    def why_alone(self, _tensor: Array, /) -> str | None:
        """A trace is of one image."""
        return "a trace route takes one tensor per request"

    async def ask(self, tensors: Sequence[Array], /) -> Sequence[Rungs]:
        """Raises NoAnswerError."""
        route = TraceRoute(path=self.route.path, from_tensor=True)
        answers: list[dict[str, Recorded]] = []
        for tensor in tensors:
            try:
                answer = await route.ask(self.client, _picture_of(tensor), pixels=False)
            except TargetError as error:
                raise _unanswered(error) from None
            answers.append(answer.rungs)
        return answers


@dataclass(frozen=True, kw_only=True)
class NetworkWay:
    """Tensors, into an ONNX Runtime session of this process."""

    network: Any

    def why_alone(self, _tensor: Array, /) -> str | None:
        """Any can be in a batch."""
        return None

    async def ask(self, tensors: Sequence[Array], /) -> Sequence[Rungs]:
        """In a thread. Raises NoAnswerError."""
        batch = {TENSOR.name: np.stack(tensors)}
        return _rungs(await asyncio.to_thread(_run, self.network, _ANSWERS, batch))


def _picture_of(tensor: Array) -> Picture:
    return Picture(name="synthetic", content=b"", tensor=lambda: tensor)


def _run(session: Any, steps: Sequence[str], inputs: Mapping[str, Array]) -> list[Array]:
    try:
        answers: list[Array] = session.run(steps, inputs)
    except Exception as error:  # onnxruntime raises a dozen classes of its own, all Exception
        raise NoAnswerError(f"ONNX Runtime refuses: {' '.join(str(error).split())}") from error
    return answers


def _rungs(answers: Sequence[Array]) -> list[Rungs]:
    """From arrays with a leading N, in the order of ``_ANSWERS``."""
    logits, probabilities, labels = answers
    return [
        {
            LOGITS.name: record_array(logits[index]),
            PROBABILITIES.name: record_array(probabilities[index]),
            LABEL.name: record_text(str(labels[index])),
        }
        for index in range(len(labels))
    ]


def _unanswered(error: TargetError) -> NoAnswerError:
    return NoAnswerError(str(error), gone=error.hung or error.disconnected)
