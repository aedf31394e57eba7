"""The application: routes, and what each of them does."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import numpy as np
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ml_ci.data.decode import ImageError
from ml_ci.serving.body import read_body
from ml_ci.serving.climb import Climber
from ml_ci.serving.protocol import Prediction, Unusable, format_answer, parse_instances
from ml_ci.serving.request_error import RequestError
from ml_ci.serving.settings import READY, ServerSettings
from ml_ci.serving.tracing import Tracer
from ml_ci.wire import MEDIA_TYPE

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Server:
    """What the routes work with."""

    settings: ServerSettings
    climber: Climber
    workers: anyio.CapacityLimiter
    """Bounds how many images are decoded at once, and with it memory."""

    async def health(self, _request: Request) -> Response:
        """``GET /healthz``: the model is loaded, or this would not be listening."""
        return JSONResponse({"status": "ok"})

    async def describe(self, _request: Request) -> Response:
        """``GET /v1/models/<name>``: what the model says about itself, and how it is fed."""
        card = self.climber.session.card
        return JSONResponse(
            {
                **card.identity.as_json(),
                "class_names": list(card.class_names),
                "provenance": card.provenance,
                "preprocess": card.preprocess,
                # What this server decodes by, which is not in the model but in its own settings
                "decode_rule": json.loads(self.settings.rule.to_json()),
            }
        )

    async def predict(self, request: Request) -> Response:
        """``POST /v1/models/<name>:predict``, see ``ml_ci.serving.protocol``."""
        body = await read_body(request, most=self.settings.body_bytes)
        return await self.off_the_loop(lambda: self._predict(body))

    def _predict(self, body: bytes) -> Response:
        instances = parse_instances(body, most=self.settings.instances)
        status, answer = format_answer(
            [self._predict_one(instance) for instance in instances],
            self.climber.session.card.identity,
        )
        return JSONResponse(answer, status_code=status)

    def _predict_one(self, instance: bytes | Unusable) -> Prediction | Unusable:
        if isinstance(instance, Unusable):
            return instance
        try:
            prediction = self.climber.predict(instance)
        except ImageError as error:
            return Unusable(reason=str(error))
        if not np.isfinite(prediction.probabilities).all():
            return Unusable(reason="the model's probabilities for it are not finite numbers")
        return prediction

    async def off_the_loop(self, work: Callable[[], R]) -> R:
        """Run what costs CPU in a worker thread, so that other requests are still read."""
        return await run_sync(work, limiter=self.workers)


@dataclass(frozen=True, kw_only=True)
class TraceRoutes:
    """The routes that exist only where the trace setting is on."""

    server: Server
    tracer: Tracer

    async def trace(self, request: Request) -> Response:
        """``POST /v1/models/<name>:trace``, see ``ml_ci.serving.tracing``; ``?pixels=1``."""
        body = await read_body(request, most=self.server.settings.body_bytes)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        pixels = request.query_params.get("pixels") == "1"
        answer = await self.server.off_the_loop(
            lambda: self.tracer.answer(body, media_type=media_type, pixels=pixels)
        )
        return Response(answer, media_type=MEDIA_TYPE)

    async def environment(self, _request: Request) -> Response:
        """``GET /v1/models/<name>/environment``: machine and versions."""
        return JSONResponse(self.tracer.environment)


def make_app(server: Server, tracer: Tracer | None) -> Starlette:
    """The ASGI application; without ``tracer`` the trace routes do not exist."""
    model = f"/v1/models/{server.settings.model}"
    routes = [
        Route(READY, server.health, methods=["GET"]),
        Route(model, server.describe, methods=["GET"]),
        Route(f"{model}:predict", server.predict, methods=["POST"]),
    ]
    if tracer is not None:
        tracing = TraceRoutes(server=server, tracer=tracer)
        routes += [
            Route(f"{model}:trace", tracing.trace, methods=["POST"]),
            Route(f"{model}/environment", tracing.environment, methods=["GET"]),
        ]
    handlers: dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        RequestError: _on_request_error,
        HTTPException: _on_http_exception,
        Exception: _on_bug,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


def make_workers() -> anyio.CapacityLimiter:
    """As many as there are processors: decoding and inference are CPU work."""
    return anyio.CapacityLimiter(os.cpu_count() or 1)


async def _on_request_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestError):
        raise error
    # The rest of an unread body may still be on its way: nothing else can follow on this connection
    return _as_json(error.status, error.sentence, {"connection": "close"})


async def _on_http_exception(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _as_json(error.status_code, error.detail, dict(error.headers or {}))


async def _on_bug(_request: Request, _error: Exception) -> Response:
    """The traceback goes to the log; nothing of it goes to the client."""
    return _as_json(500, "internal error; the server's log has the traceback", {})


def _as_json(status: int, sentence: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)
