"""Servers for containers that go wrong in one way each, and what tests ask of the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from ml_ci.engines.base_image import BaseImage, find_base
from ml_ci.engines.docker_connection import EngineUnavailableError, connected
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.images import OwnDockerfile
from ml_ci.params.container import DockerfileServer

CLASSES = ("a", "b", "c", "d")
BASE = "python:3.11-slim-bookworm"
PORT = 9000  # as in SERVE
DOCKERFILE = """\
ARG BASE
FROM ${BASE}
COPY serve.py /serve.py
ENTRYPOINT ["python3", "-u", "/serve.py"]
"""
BROKEN_DOCKERFILE = """\
ARG BASE
FROM ${BASE}
RUN echo the first step works
RUN echo no such package && exit 4
"""
SERVE = """\
import ctypes, json, os, signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

mode = os.environ.get("MODE", "")
print("mode", mode)
if mode == "exit":
    sys.exit(3)
if mode == "crash":
    ctypes.string_at(0)  # a signal it sent itself would be ignored by a first process
if mode == "silent":
    time.sleep(600)
# A process without parent ignores SIGTERM unless it handles it
signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "stubborn" else lambda *_: os._exit(0))
kept = []

class Handler(BaseHTTPRequestHandler):
    def answer(self, code, body=b""):
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/uid":
            return self.answer(200, str(os.getuid()).encode())
        self.answer(500 if mode == "unwell" else 200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if mode == "greedy":
            while True:
                kept.append(b"x" * 2**24)
        if mode == "failing":
            return self.answer(500, b"no idea")
        kept.append(len(body) % 4)  # what it "sees" in an image
        best = kept[-2 if mode == "late" and len(kept) > 1 else -1]
        scores = [0.7 if index == best else 0.1 for index in range(4)]
        self.answer(200, json.dumps({"label": "abcd"[best], "probabilities": scores}).encode())

port = 1234 if mode == "elsewhere" else 9000
ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
"""


def needed_base() -> BaseImage:
    """The base of test images. Without an engine the test is skipped, unless one is insisted on."""
    try:
        with connected() as client:
            base = find_base(client, BASE)
    except EngineUnavailableError as problem:
        _without(problem.what)
    if base is None:
        _without(f"the image {BASE} is not here (`docker pull {BASE}`)")
    return base


def write_server(folder: Path, dockerfile: str = DOCKERFILE) -> Path:
    """A build context with the server of this module."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "serve.py").write_text(SERVE)
    return folder


def settings_for(base: BaseImage, mode: str = "") -> DockerfileServer:
    """How what `write_server` wrote is run and asked, going wrong as ``mode`` says."""
    return DockerfileServer.model_validate(
        {
            "kind": "dockerfile",
            "dockerfile": "server/Dockerfile",
            "build_args": {"BASE": base.name},
            "build_network": "none",
            "port": PORT,
            "ready": "/ready",
            "environment": {"MODE": mode},
            "confined": True,
            "predict": {
                "path": "/predict",
                "request": {"kind": "raw", "content_type": "application/octet-stream"},
                "answer": {
                    "label": "label",
                    "label_as": "name",
                    "probabilities": "probabilities",
                    "logits": None,
                },
            },
            "trace": None,
        }
    )


def engine_for(
    base: BaseImage,
    mode: str = "",
    *,
    ready_seconds: float = 20.0,
    stop_seconds: float = 2.0,
    memory_mb: int = 128,
) -> DockerEngine:
    """Runs that server."""
    return DockerEngine(
        source=OwnDockerfile(settings=settings_for(base, mode)),
        memory_mb=memory_mb,
        ready_seconds=ready_seconds,
        stop_seconds=stop_seconds,
    )


def _without(reason: str) -> NoReturn:
    if os.environ.get("ML_CI_ENGINE") == "docker":
        pytest.fail(f"ML_CI_ENGINE=docker, but {reason}")
    pytest.skip(reason)
