"""A server somebody else wrote: Starlette under uvicorn, which knows nothing of this project.

It answers with the SHA-256 of the image that its framework handed to it, so a test sees whether
every byte arrived, and with its rungs as plain arrays on ``/rungs``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from io import BytesIO

import numpy as np
import uvicorn
from PIL import Image
from safetensors.numpy import load, save
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

CLASSES = ("dark", "light")


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def scores(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> dict[str, float]:
    """This server's model: how light a picture is."""
    light = float(np.float32(pixels.mean() / 255))
    return {"dark": 1 - light, "light": light}


def _rgb(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


def _answer(content: bytes) -> JSONResponse:
    return JSONResponse({"sha256": digest(content), "scores": scores(_rgb(content))})


async def _json(request: Request) -> Response:
    document = await request.json()
    return _answer(base64.b64decode(document["picture"], validate=True))


async def _base64(request: Request) -> Response:
    return _answer(base64.urlsafe_b64decode(await request.body()))


async def _raw(request: Request) -> Response:
    content = await request.body()
    kind = request.headers["content-type"]
    if kind != f"image/{(Image.open(BytesIO(content)).format or '').lower()}":
        return PlainTextResponse(f"{kind} it is not", status_code=415)
    return _answer(content)


async def _form(request: Request) -> Response:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + await request.body())
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.iter_parts()
    }
    content = parts["picture"]
    if parts["top"] != b"2" or not isinstance(content, bytes):
        return PlainTextResponse("`top` is missing", status_code=422)
    return _answer(content)


async def _tensor(request: Request) -> Response:
    (wanted,) = (await request.json())["inputs"]
    tensor = np.array(wanted["data"], dtype=np.float32).reshape(wanted["shape"])
    logits = [float(tensor.min()), float(tensor.max())]
    outputs = [{"name": "logits", "shape": [1, 2], "data": logits}]
    return JSONResponse({"outputs": outputs, "sha256": digest(tensor.tobytes())})


async def _rungs(request: Request) -> Response:
    content = await request.body()
    if request.headers["content-type"] == "application/x-safetensors":
        tensor = load(content)["tensor"]
        logits = np.array([tensor.min(), tensor.max()], dtype=np.float32)
        return Response(save({"tensor": tensor, "logits": logits}))
    told = scores(_rgb(content))
    probabilities = np.array([told[name] for name in CLASSES], dtype=np.float32)
    return Response(save({"image": _rgb(content), "probabilities": probabilities}))


async def _damaged(_: Request) -> Response:
    return PlainTextResponse(json.dumps({"error": "no model"}), status_code=500)


APP = Starlette(
    routes=[
        Route("/json", _json, methods=["POST"]),
        Route("/base64", _base64, methods=["POST"]),
        Route("/raw", _raw, methods=["POST"]),
        Route("/form", _form, methods=["POST"]),
        Route("/tensor", _tensor, methods=["POST"]),
        Route("/rungs", _rungs, methods=["POST"]),
        Route("/damaged", _damaged, methods=["POST"]),
    ]
)


@dataclass(frozen=True, kw_only=True)
class ForeignServer:
    """A ``RunningServer`` around an address."""

    url: str

    def ending(self) -> str | None:
        """It has none."""
        return None

    def log_tail(self) -> tuple[str, ...]:
        """Silent."""
        return ()


@contextmanager
def running_foreign_server(app: ASGIApp = APP) -> Iterator[ForeignServer]:
    """The server, or another one, on a free port, in a thread."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline, "uvicorn does not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield ForeignServer(url=f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)
