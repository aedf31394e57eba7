"""Asking a running server more than the golden set, and asking it again after a restart."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ml_ci.artifacts.inquiry import Inquiry, Invariant, nothing_asked
from ml_ci.targets.client import Client, open_client
from ml_ci.targets.credentials import NO_CREDENTIALS, Credentials
from ml_ci.targets.model_facts import ask_model_facts
from ml_ci.targets.questions import FRESH, Asked, Questions, Side
from ml_ci.targets.routes import Routes
from ml_ci.targets.served_accuracy import TensorOf
from ml_ci.targets.synthetic import tensor_way
from ml_ci.targets.ways import ServerWay


@dataclass(frozen=True, kw_only=True)
class ServerInquiry:
    """Who is asked what, and how."""

    name: str
    routes: Routes
    questions: Questions
    tensor_of: TensorOf
    """What a server is sent that is sent tensors."""
    trace_takes_tensors: bool
    """Of a server that predicts from pictures, as ours does."""
    credentials: Credentials = NO_CREDENTIALS

    def ask(self, url: str) -> Asked:
        """Everything; what is not answered is told in the record."""
        return asyncio.run(self._ask(url))

    def ask_facts(self, url: str, reason: str) -> Inquiry:
        """What it says of its model alone: ``reason`` is why nothing else is worth asking."""
        return asyncio.run(self._ask_facts(url, reason))

    def ask_again(self, url: str, asked: Asked) -> Invariant:
        """The server at ``url``, which has only just started, held against what it answered."""
        return asyncio.run(self._ask_again(url, asked))

    async def _ask(self, url: str) -> Asked:
        routes = self.routes
        async with self._client(url) as client:
            side = Side(
                name=self.name,
                facts=await ask_model_facts(client, routes.model),
                pictures=ServerWay(client=client, route=routes.predict),
                tensors=tensor_way(client, routes, trace_takes_tensors=self.trace_takes_tensors),
                tensor_of=self.tensor_of,
            )
            return await self.questions.ask(side)

    async def _ask_facts(self, url: str, reason: str) -> Inquiry:
        async with self._client(url) as client:
            facts = await ask_model_facts(client, self.routes.model)
        return nothing_asked(facts, reason)

    async def _ask_again(self, url: str, asked: Asked) -> Invariant:
        async with self._client(url) as client:
            way = ServerWay(client=client, route=self.routes.predict)
            examination = self.questions.examination(way)
            again = await examination.ask_again()
        return examination.hold_together(FRESH, asked.usual, again)

    def _client(self, url: str) -> AbstractAsyncContextManager[Client]:
        settings = self.questions.settings
        return open_client(
            url,
            timeout_seconds=settings.timeout_seconds,
            connections=max(settings.concurrency, settings.invariants.concurrency),
            credentials=self.credentials,
        )
