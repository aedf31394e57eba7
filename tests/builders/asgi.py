"""Requests to an ASGI application in this process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from starlette.applications import Starlette

Send = Callable[..., httpx.Response]
"""(method, path, **what httpx takes) → the answer."""


def sender(app: Starlette) -> Send:
    """A function that sends one request; bugs of the application become its 500 answer."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)

    async def ask(method: str, path: str, **request: object) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **request)  # type: ignore[arg-type]

    return lambda method, path, **request: asyncio.run(ask(method, path, **request))
