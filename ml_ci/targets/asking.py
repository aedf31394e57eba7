"""Asking a target about one image: what it answers, or why it does not, in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ml_ci.rung import Array, Recorded
from ml_ci.steps import LADDER, TENSOR
from ml_ci.targets.client import Client, TargetError
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import Routes, TraceRoute
from ml_ci.targets.running_server import RunningServer
from ml_ci.trace.layout import HASHED
from ml_ci.trace.reading import Trace

# A server that hangs would cost the whole time limit for every image that is left; one that lets
# nobody in may lock an account after a few more.
HANGS_BEFORE_GIVING_UP = 5
# How long a server without connections may take to end before it counts as running.
DYING_SECONDS = 1.0
DYING_CHECKS = 20
# Of one that nobody here can watch the end is never seen: it is not waited for at every image.
WAITS_FOR_ITS_END = 10


@dataclass(frozen=True, kw_only=True)
class Source:
    """One image, read only when it is its turn."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came of one image."""

    name: str
    rungs: dict[str, Recorded]
    """In the order of the ladder; those reached before the failure when there is one."""
    failure: str | None


class Asker:
    """Asks about images until the server is gone or hangs; then only says so."""

    def __init__(
        self,
        *,
        server: RunningServer,
        client: Client,
        routes: Routes,
        reference: Trace | None,
        concurrency: int,
    ) -> None:
        """Of all that are asked about at once, ``concurrency`` are under way; the others wait."""
        self._server = server
        self._client = client
        self._routes = routes
        self._reference = reference
        self._turns = asyncio.Semaphore(concurrency)
        self._futile_in_a_row = 0
        self._waits = 0
        self.gave_up: str | None = None

    async def ask(self, source: Source) -> Answered:
        """Everything the server says about one image; never raises for what the server does."""
        rungs: dict[str, Recorded] = {}
        async with self._turns:
            failure = self.gave_up or await self._answer(source, rungs)
        ordered = {step.name: rungs[step.name] for step in LADDER if step.name in rungs}
        return Answered(name=source.name, rungs=ordered, failure=failure)

    async def _answer(self, source: Source, rungs: dict[str, Recorded]) -> str | None:
        """Fill ``rungs``; why there are not all of them, None when there are."""
        try:
            # Here and now: waking a thread takes longer than reading a file
            await self._collect(source.name, source.read(), rungs)
        except OSError as error:
            return f"the image cannot be read: {error}"
        except TargetError as error:
            self.gave_up = await self._verdict_on_server(error) or self.gave_up
            return self.gave_up or str(error)
        self._futile_in_a_row = 0
        return None

    async def _collect(self, name: str, content: bytes, rungs: dict[str, Recorded]) -> None:
        """Fill ``rungs`` as answers come, so that those before a failure are kept."""
        picture = Picture(name=name, content=content, tensor=lambda: self._tensor(name))
        predicted = await self._routes.predict.ask(self._client, picture)
        rungs |= predicted
        route = self._routes.trace
        if route is None:
            return
        traced = await self._trace(route, picture, pixels=False)
        if any(traced[step].array is None for step in self._differing(name, traced)):
            traced = await self._trace(route, picture, pixels=True)
        # What was predicted stays: that is what clients get
        rungs |= {step: recorded for step, recorded in traced.items() if step not in predicted}

    async def _trace(
        self, route: TraceRoute, picture: Picture, *, pixels: bool
    ) -> dict[str, Recorded]:
        """The rungs traced; of bytes and pixels only those that differ, else the hash will do."""
        rungs = (await route.ask(self._client, picture, pixels=pixels)).rungs
        same = (HASHED & rungs.keys()) - self._differing(picture.name, rungs)
        return rungs | {step: Recorded(rung=rungs[step].rung) for step in same}

    def _differing(self, name: str, rungs: Mapping[str, Recorded]) -> frozenset[str]:
        """Rungs that travel as hashes, and whose hash is another than the reference's."""
        if self._reference is None or name not in self._reference:
            return frozenset()
        ours = self._reference.rungs(name)
        return frozenset(
            step
            for step in HASHED & ours.keys() & rungs.keys()
            if ours[step].sha256 != rungs[step].rung.sha256
        )

    def _tensor(self, name: str) -> Array | None:
        if self._reference is None or name not in self._reference:
            return None
        return self._reference.array(name, TENSOR.name)

    async def _verdict_on_server(self, error: TargetError) -> str | None:
        """Why nothing more is sent; None while it is worth going on."""
        if error.disconnected:
            await self._let_it_die()
        ending = self._server.ending()
        if ending is not None:
            return f"the server {ending}: {error}"
        self._futile_in_a_row = self._futile_in_a_row + 1 if error.hung or error.futile else 0
        if self._futile_in_a_row < HANGS_BEFORE_GIVING_UP:
            return None
        what = "the server hangs" if error.hung else "given up"
        return f"{what}: {self._futile_in_a_row} times in a row, {error}"

    async def _let_it_die(self) -> None:
        """A killed process closes its connections a moment before it counts as ended."""
        self._waits += 1
        if self._waits > WAITS_FOR_ITS_END:
            return
        for _ in range(DYING_CHECKS):
            if self._server.ending() is not None:
                return
            await asyncio.sleep(DYING_SECONDS / DYING_CHECKS)
