"""The connection to a Docker engine, and why there is none."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import docker
from docker import DockerClient
from docker.context import ContextAPI
from docker.errors import DockerException

from ml_ci.errors import UserError

# One step of a build may be silent for long; the engine itself answers within seconds or never.
ANSWER_SECONDS = 3600
PING_SECONDS = 10
DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
UNIX_SCHEMES = {"unix", "http+unix"}
LOCAL_SCHEMES = UNIX_SCHEMES | {"npipe"}
_PING_BYTES = 16
_GUIDE = "docs/docker.md says how to get an engine"


class EngineUnavailableError(UserError):
    """No container can be made or run on this machine; `container.engine: auto` does without."""


@contextmanager
def connected() -> Iterator[DockerClient]:
    """A client of the engine that the docker command would use (its contexts, ``DOCKER_HOST``).

    Raises EngineUnavailableError when it does not answer, or runs elsewhere: what it publishes on
    127.0.0.1 could not be reached from here.
    """
    address = _address()
    if not _is_local(address):
        raise EngineUnavailableError(
            what="the Docker engine runs on another machine",
            where=address,
            fix="unset DOCKER_HOST or choose a local one with `docker context use`",
        )
    try:
        _ping(address)
        client = docker.from_env(timeout=ANSWER_SECONDS)
    except (DockerException, OSError) as error:  # requests' errors are OSErrors
        raise _unavailable(address, error) from None
    try:
        yield client
    finally:
        client.close()


def _is_local(address: str) -> bool:
    """Its published ports are this machine's."""
    url = urlsplit(address)
    return url.scheme in LOCAL_SCHEMES or url.hostname in {"127.0.0.1", "::1", "localhost"}


def _ping(address: str) -> None:
    """Raise OSError unless something answers on a socket of this machine.

    The SDK asks with the patience meant for builds, and leaves its connection open when it fails.
    """
    if urlsplit(address).scheme not in UNIX_SCHEMES:
        return
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PING_SECONDS)
        connection.connect(urlsplit(address).path)
        connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        answer = connection.recv(_PING_BYTES)
    if not answer.startswith(b"HTTP/"):
        raise OSError(f"it answered {answer!r}")


def _unavailable(address: str, error: Exception) -> EngineUnavailableError:
    path = Path(urlsplit(address).path)
    if not path.exists():
        return EngineUnavailableError(
            what="no Docker engine is running", where=address, fix=f"start it; {_GUIDE}"
        )
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        return EngineUnavailableError(
            what="you have no permission to use the Docker engine",
            where=address,
            fix="`sudo usermod -aG docker $USER`, then log in again; or run it rootless",
        )
    return EngineUnavailableError(
        what=f"the Docker engine does not answer: {_innermost(error)}",
        where=address,
        fix=f"restart it and look into its log; {_GUIDE}",
    )


def _address() -> str:
    """Of the engine that the docker command would use: Docker Desktop and rootless engines have
    sockets of their own, which its contexts name."""
    in_context = ContextAPI.kwargs_from_context().get("base_url")
    return os.environ.get("DOCKER_HOST") or str(in_context or DEFAULT_ADDRESS)


def _innermost(error: BaseException) -> str:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return " ".join(str(error).split()) or type(error).__name__
