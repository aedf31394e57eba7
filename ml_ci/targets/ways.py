"""Ways to ask a server over HTTP: pictures, and tensors where it takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.rung import Array, Recorded
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES
from ml_ci.targets.batches import ask_together, why_alone
from ml_ci.targets.client import Client, TargetError
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import PredictRoute, TraceRoute


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
    """Tensors, to a trace route that takes them; some tell no `label`."""

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
            answers.append(_checked(answer.rungs, route.path))
        return answers


def _checked(rungs: dict[str, Recorded], path: str) -> dict[str, Recorded]:
    if not {LOGITS.name, PROBABILITIES.name} & rungs.keys():
        raise NoAnswerError(f"the answer to {path} has neither `logits` nor `probabilities`")
    label = (rungs[LABEL.name].rung.text or "") if LABEL.name in rungs else ""
    if label != label.encode("utf-8", errors="replace").decode("utf-8"):
        raise NoAnswerError(f"the label in the answer to {path} is no valid Unicode text")
    return rungs


def _picture_of(tensor: Array) -> Picture:
    return Picture(name="synthetic", content=b"", tensor=lambda: tensor)


def _unanswered(error: TargetError) -> NoAnswerError:
    return NoAnswerError(str(error), gone=error.hung or error.disconnected or error.futile)
