"""The connection to a Docker engine, and why there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from docker import DockerClient
from docker.errors import DockerException

from ml_ci.errors import UserError

# One step of a build may be silent for long; the engine itself answers within seconds or never.
ANSWER_SECONDS = 3600
PING_SECONDS = 10
_UNIX = ("unix://", "http+unix://")
_GUIDE = "docs/docker.md says how to get an engine"


class EngineUnavailableError(UserError):
    """No container can be made or run on this machine; `container.engine: auto` does without."""


@contextmanager
def connected() -> Iterator[DockerClient]:
    """A client of the engine that the docker command would use (its contexts, ``DOCKER_HOST``).

    Raises EngineUnavailableError when it does not answer, or runs elsewhere: what it publishes on
    127.0.0.1 could not be reached from here.
    """
    try:
        client = docker.from_env(timeout=ANSWER_SECONDS)
    except DockerException as error:
        raise _unavailable(error) from None
    try:
        _refuse_remote(client)
        _ping(client)
        yield client
    finally:
        client.close()


def engine_version(client: DockerClient) -> str:
    """Like ``docker 28.2.2``."""
    return f"docker {client.version()['Version']}"


def _ping(client: DockerClient) -> None:
    patience, client.api.timeout = client.api.timeout, PING_SECONDS
    try:
        client.ping()
    except (DockerException, OSError) as error:  # requests' errors are OSErrors
        raise _unavailable(error) from None
    finally:
        client.api.timeout = patience


def _refuse_remote(client: DockerClient) -> None:
    address = str(client.api.base_url)
    local = address.startswith((*_UNIX, "http+docker://", "npipe://")) or "127.0.0.1" in address
    if not (local or "localhost" in address):
        raise EngineUnavailableError(
            what="the Docker engine runs on another machine",
            where=address,
            fix="unset DOCKER_HOST or choose a local one with `docker context use`",
        )


def _unavailable(error: Exception) -> EngineUnavailableError:
    socket = _socket()
    where = os.environ.get("DOCKER_HOST") or str(socket)
    if socket.exists() and not os.access(socket, os.R_OK | os.W_OK, effective_ids=True):
        return EngineUnavailableError(
            what="you have no permission to use the Docker engine",
            where=where,
            fix="`sudo usermod -aG docker $USER`, then log in again; or run it rootless",
        )
    if not socket.exists():
        return EngineUnavailableError(
            what="no Docker engine is running", where=where, fix=f"start it; {_GUIDE}"
        )
    return EngineUnavailableError(
        what=f"the Docker engine does not answer: {_innermost(error)}",
        where=where,
        fix=f"restart it and look into its log; {_GUIDE}",
    )


def _socket() -> Path:
    """Where the engine's socket is expected; Docker Desktop and rootless engines have others."""
    from docker.context import ContextAPI

    host = os.environ.get("DOCKER_HOST") or str(
        ContextAPI.kwargs_from_context().get("base_url") or "unix:///var/run/docker.sock"
    )
    for scheme in _UNIX:
        host = host.removeprefix(scheme)
    return Path(host)


def _innermost(error: BaseException) -> str:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return " ".join(str(error).split()) or type(error).__name__
