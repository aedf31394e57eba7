"""The examination of one side: the same questions in ways that should not matter.

Alone and again, in another order, in a batch, at another place in it, beside other neighbours,
under way at once; and, by whoever can restart the side, in a fresh process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np

from ml_ci.artifacts.inquiry import Held, Invariant, InvariantName, InvariantsRecord
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.holding import Holder
from ml_ci.inquiry.way import Answer, P, PatientWay, Way

# Requests in all for `concurrent`, for each that is under way at once
_WAVES = 2
# A neighbour on this side and on that one
_FEWEST = 3
_SEED = 20261121  # any number: the same images are asked about in the same order every time


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What came of it, and the usual answers for whoever asks again elsewhere."""

    record: InvariantsRecord
    usual: dict[str, Answer]
    """By image: what was answered when it was first asked, alone."""


@dataclass(frozen=True, kw_only=True)
class Examination(Generic[P]):
    """Everything one side is examined with."""

    way: Way[P]
    chosen: Sequence[Chosen[P]]
    class_names: tuple[str, ...]
    """In the order of the numbers that are answered."""
    repeats: int
    concurrency: int | None
    """Requests under way at once, well above the replay's; None for a side that answers one
    question after the other, where there is nothing to mix up."""

    async def run(self) -> Examined:
        """Ask everything; what is not answered is told in the record."""
        way = PatientWay(self.way)
        again = {one.name: await _alone(way, one, self.repeats) for one in self.chosen}
        usual = {name: answers[0] for name, answers in again.items()}
        holder = self._holder(usual)
        repeated = [holder.hold(name, answers[1:]) for name, answers in again.items()]
        invariants = [
            _asked("repeated", repeated),
            _asked("order", await self._in_other_orders(way, holder)),
            *await self._together(way, holder),
        ]
        if self.concurrency is not None:  # last: what it may break is then known already
            held = await self._at_once(way, holder, self.concurrency)
            invariants.append(_asked("concurrent", held))
        record = InvariantsRecord(
            images=tuple(one.name for one in self.chosen),
            repeats=self.repeats,
            concurrency=self.concurrency or 1,
            invariants=tuple(invariants),
            alike=holder.alike({one.name: one.label for one in self.chosen}),
        )
        return Examined(record=record, usual=usual)

    @property
    def requests(self) -> int:
        """How many ``run`` makes, unless it gives up."""
        count = len(self.chosen)
        together = 3 + 2 * count if self._why_not_together() is None else 0
        at_once = 0 if self.concurrency is None else count * self._each_at_once(self.concurrency)
        return (self.repeats + 2) * count + together + at_once

    async def ask_again(self) -> dict[str, Answer]:
        """Each image once, alone, in the opposite order: whatever a fresh process remembers of the
        first question is then of another image."""
        way = PatientWay(self.way)
        return {one.name: (await _alone(way, one, 1))[0] for one in reversed(self.chosen)}

    def hold_together(
        self, name: InvariantName, usual: Mapping[str, Answer], again: Mapping[str, Answer]
    ) -> Invariant:
        """Two sets of answers, of two processes or devices: the invariant ``name``."""
        holder = self._holder(usual)
        return _asked(name, [holder.hold(one.name, [again[one.name]]) for one in self.chosen])

    def _holder(self, usual: Mapping[str, Answer]) -> Holder:
        margins = {one.name: one.margin for one in self.chosen}
        return Holder(usual=usual, margins=margins, class_names=self.class_names)

    async def _in_other_orders(self, way: PatientWay[P], holder: Holder) -> list[Held]:
        orders = [self.chosen[::-1], [*self.chosen[::2], *self.chosen[1::2]]]
        answers: dict[str, list[Answer]] = {one.name: [] for one in self.chosen}
        for one in (one for order in orders for one in order):
            answers[one.name] += await _alone(way, one, 1)
        return [holder.hold(name, found) for name, found in answers.items()]

    async def _together(self, way: PatientWay[P], holder: Holder) -> list[Invariant]:
        names: tuple[InvariantName, ...] = ("batch", "place", "neighbours")
        reason = self._why_not_together()
        if reason is not None:
            return [Invariant(name=name, held=(), not_asked=reason) for name in names]
        whole = await _batch(way, self.chosen)
        turned = [*self.chosen[1:], self.chosen[0]]
        elsewhere = [await _batch(way, order) for order in (turned, self.chosen[::-1])]
        batch, place, neighbours = [], [], []
        for index, one in enumerate(self.chosen):
            name = one.name
            before, after = self.chosen[index - 1], turned[index]
            beside = [(await _batch(way, [one, other]))[name] for other in (after, before)]
            batch.append(holder.hold(name, [whole[name]]))
            place.append(holder.hold(name, [found[name] for found in elsewhere], whole[name]))
            neighbours.append(holder.hold(name, beside[1:], beside[0]))
        return [_asked("batch", batch), _asked("place", place), _asked("neighbours", neighbours)]

    def _why_not_together(self) -> str | None:
        if len(self.chosen) < _FEWEST:
            return f"it takes {_FEWEST} golden images, there are {len(self.chosen)}"
        return next(filter(None, (self.way.why_alone(one.picture) for one in self.chosen)), None)

    def _each_at_once(self, concurrency: int) -> int:
        """How often each image is asked about: rounded up."""
        return -(-_WAVES * concurrency // max(1, len(self.chosen)))

    async def _at_once(self, way: PatientWay[P], holder: Holder, concurrency: int) -> list[Held]:
        each = self._each_at_once(concurrency)
        questions = [one for one in self.chosen for _ in range(each)]
        order = np.random.default_rng(_SEED).permutation(len(questions))
        under_way = asyncio.Semaphore(concurrency)

        async def ask(one: Chosen[P]) -> tuple[str, Answer]:
            async with under_way:
                return one.name, (await _alone(way, one, 1))[0]

        answers: dict[str, list[Answer]] = {one.name: [] for one in self.chosen}
        for name, answer in await asyncio.gather(*(ask(questions[index]) for index in order)):
            answers[name].append(answer)
        return [holder.hold(name, found) for name, found in answers.items()]


async def _alone(way: PatientWay[P], one: Chosen[P], times: int) -> list[Answer]:
    return [answer for _ in range(times) for answer in await way.each([one.picture])]


async def _batch(way: PatientWay[P], chosen: Sequence[Chosen[P]]) -> dict[str, Answer]:
    answers = await way.each([one.picture for one in chosen])
    return {one.name: answer for one, answer in zip(chosen, answers, strict=True)}


def _asked(name: InvariantName, held: Iterable[Held]) -> Invariant:
    return Invariant(name=name, held=tuple(held), not_asked="")
