"""The server's command: ``python -m ml_ci.serving --models DIR --settings FILE``."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from ml_ci.data.probes import resize_probes
from ml_ci.environment import this_environment
from ml_ci.errors import exit_code_of
from ml_ci.serving.app import Server, make_app, make_workers
from ml_ci.serving.climb import Climber
from ml_ci.serving.session import load_session
from ml_ci.serving.settings import TRACE_SWITCH, ServerSettings
from ml_ci.serving.tracing import Tracer

# Every connection may hold one body in memory; beyond this many, clients get 503 at once.
MOST_CONNECTIONS = 64
# Requests under way may finish; after this they are dropped.
SHUTDOWN_SECONDS = 8


def main(words: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code: 0, or 2 when it cannot start."""
    arguments = _parser().parse_args(words)
    return exit_code_of(lambda: _serve(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml_ci.serving", description=__doc__)
    parser.add_argument("--models", type=Path, required=True, help="folder with <name>/<version>/")
    parser.add_argument("--settings", type=Path, required=True, help="serving.json")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument("--fd", type=int, help="a listening socket, inherited; instead of a port")
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    # uvicorn raises the signal again once it has shut down, and has no handler before it starts;
    # in a container there is no default one either. In all three cases the exit code is 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    app = _load(arguments, tracing=os.environ.get(TRACE_SWITCH) == "on")
    uvicorn.Server(
        uvicorn.Config(
            app,
            host=arguments.host,
            port=arguments.port,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            log_config=_log_config(),
        )
    ).run(sockets=None if arguments.fd is None else [socket.socket(fileno=arguments.fd)])
    return 0


def _load(arguments: argparse.Namespace, *, tracing: bool) -> Starlette:
    settings = ServerSettings.load(arguments.settings)
    session = load_session(
        arguments.models,
        name=settings.model,
        version=settings.version,
        threads=settings.threads,
        network=tracing,
    )
    climber = Climber(session=session, rule=settings.rule)
    server = Server(settings=settings, climber=climber, workers=make_workers())
    return make_app(server, _tracer(climber, settings.threads) if tracing else None)


def _tracer(climber: Climber, threads: int) -> Tracer:
    machine = this_environment(threads=threads).as_strings()
    return Tracer(climber=climber, environment=machine | resize_probes(climber.session.resize))


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _log_config() -> dict[str, Any]:
    """Everything to stderr: time, level, message; requests by route and status, never content."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        },
        "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
    }


if __name__ == "__main__":
    sys.exit(main())
