"""A target made by hand: right answers for any image, and ways to go wrong on some."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.targets.routes import PredictRoute, routes_of_model
from ml_ci.wire import TraceAnswer, pack
from tests.builders.http_server import Received, Respond, response

_OURS = routes_of_model("fake").predict
PREDICT_ROUTE: PredictRoute = replace(
    _OURS, settings=_OURS.settings.model_copy(update={"path": "/p"})
)
"""To ask a ``FakeTarget``, which answers as our own server does."""


def pixels_of(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """uint8 1×n×1: this target "decodes" an image by taking its bytes as pixels."""
    return np.frombuffer(content, dtype=np.uint8).reshape(1, -1, 1)


@dataclass(kw_only=True)
class FakeTarget:
    """Answers on ``/p`` (predict), ``/t`` (trace), ``/e`` (environment), ``/m`` (model)."""

    wrong: Mapping[bytes, Respond] = field(default_factory=dict)
    """By image content: another answer to its prediction."""
    alive: bool = True
    asked: list[str] = field(default_factory=list)
    """``PATH?QUERY CONTENT`` of every request, in no order worth relying on."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Received) -> bytes:
        """What the server sends."""
        path = request.path.partition("?")[0]
        content = request.body
        if path == "/p":
            content = base64.b64decode(json.loads(request.body)["instances"][0]["b64"])
        with self._lock:
            self.asked.append(f"{request.path} {content.decode()}".strip())
        if path == "/e":
            return response(b'{"python": "3.12"}')
        if path == "/m":
            return response(b'{"sha256": "abc"}')
        if path == "/t":
            return response(pack(self._trace(content, pixels=request.path.endswith("pixels=1"))))
        if content in self.wrong:
            return self.wrong[content](request)
        prediction = {"label": content.decode(), "probabilities": [len(content) / 8]}
        return response(json.dumps({"predictions": [prediction]}).encode())

    def _trace(self, content: bytes, *, pixels: bool) -> TraceAnswer:
        decoded = record_array(pixels_of(content), text="L")
        rungs = {
            "received": record_bytes(content),
            "decoded": decoded if pixels else Recorded(rung=decoded.rung),
            "logits": record_array(np.array([len(content)], dtype=np.float32)),
            "label": record_text("not what clients get"),
        }
        return TraceAnswer(rungs=rungs, environment={})


@dataclass(kw_only=True)
class FakeServer:
    """A ``RunningServer`` around an address."""

    url: str
    target: FakeTarget

    def ending(self) -> str | None:
        """As the test says."""
        return None if self.target.alive else "ended with exit code 1"

    def log_tail(self) -> tuple[str, ...]:
        """One line."""
        return ("last words",)
