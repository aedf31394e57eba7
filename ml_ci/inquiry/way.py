"""A way to ask one side: pictures in, answers out, whatever is between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from ml_ci.rung import Recorded

Rungs = Mapping[str, Recorded]
"""What is answered to one picture, by step: a `label`, and `probabilities` or `logits` if told."""
P = TypeVar("P")
P_contra = TypeVar("P_contra", contravariant=True)

# A side that hangs costs the whole time limit on every question.
GONE_BEFORE_GIVING_UP = 3


class NoAnswerError(Exception):
    """A side did not answer, and why in one sentence."""

    def __init__(self, sentence: str, *, gone: bool = False) -> None:
        self.gone = gone
        """Nobody is there, or lets anyone in: other questions would most likely meet the same."""
        # A server's own words may hold half a surrogate pair, which no record could
        super().__init__(sentence.encode("utf-8", errors="replace").decode("utf-8"))


class Way(Protocol[P_contra]):
    """How one side is asked."""

    def why_alone(self, picture: P_contra, /) -> str | None:
        """Why ``picture`` has to be asked alone; None where several go into one request."""

    async def ask(self, pictures: Sequence[P_contra], /) -> Sequence[Rungs]:
        """One request; the answers in the order of ``pictures``. Raises NoAnswerError."""


Answer = Rungs | NoAnswerError
"""An answer, or why there is none."""


class PatientWay(Generic[P]):
    """A way that is given up once nobody seems to be there any more."""

    def __init__(self, way: Way[P]) -> None:
        self._way = way
        self._gone_in_a_row = 0
        self._gave_up: str | None = None

    def why_alone(self, picture: P) -> str | None:
        """As the way itself has it."""
        return self._way.why_alone(picture)

    async def ask(self, pictures: Sequence[P]) -> Sequence[Rungs]:
        """Raises NoAnswerError, without asking once it is given up."""
        if self._gave_up is not None:
            raise NoAnswerError(self._gave_up)
        try:
            answers = await self._way.ask(pictures)
        except NoAnswerError as failure:
            self._gone_in_a_row = self._gone_in_a_row + 1 if failure.gone else 0
            if self._gone_in_a_row == GONE_BEFORE_GIVING_UP:
                self._gave_up = f"given up after {self._gone_in_a_row} in a row: {failure}"
            raise
        self._gone_in_a_row = 0
        return answers

    async def each(self, pictures: Sequence[P]) -> list[Answer]:
        """One request about all ``pictures``; when it fails, each gets the failure."""
        try:
            return list(await self.ask(pictures))
        except NoAnswerError as failure:
            return [failure] * len(pictures)


class CountedWay(Generic[P]):
    """A way that tells when a request is over, answered or not."""

    def __init__(self, way: Way[P], advance: Callable[[], None]) -> None:
        self._way = way
        self._advance = advance

    def why_alone(self, picture: P, /) -> str | None:
        """As the way itself has it."""
        return self._way.why_alone(picture)

    async def ask(self, pictures: Sequence[P], /) -> Sequence[Rungs]:
        """As the way itself has it. Raises NoAnswerError."""
        try:
            return await self._way.ask(pictures)
        finally:
            self._advance()
