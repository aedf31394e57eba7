"""The connection to a Docker engine, and why there is none."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
SCRIPT = "`sudo python3 scripts/docker_engine.py up`"
PERMISSION_FIX = "`sudo usermod -aG docker $USER`, then log in again; or run the engine rootless"
_GUIDE = "docs/docker.md"


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
        raise explain(error, address, installed=_installed()) from None
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


def explain(
    error: Exception, address: str, *, installed: str | None, platform: str = sys.platform
) -> EngineUnavailableError:
    """Why there is no engine, and what to do: no permission, not installed, not running, or ill.

    ``installed`` is where a Docker program lies, if there is one.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        what, fix = "you have no permission to use the Docker engine", PERMISSION_FIX
    elif not any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in causes):
        reason = " ".join(str(causes[-1]).split()) or type(causes[-1]).__name__
        what = f"the Docker engine does not answer: {reason}"
        fix = "restart it and look into its log"
    elif installed is None:
        what = "there is no Docker here"
        get = f"{SCRIPT} on Debian or Ubuntu" if platform == "linux" else "install Docker Desktop"
        fix = f"{get} ({_GUIDE})"
    else:
        what = "no Docker engine is running"
        by_script = f"`sudo systemctl start docker`, or {SCRIPT} on Debian or Ubuntu"
        fix = f"{by_script if platform == 'linux' else 'start Docker Desktop'} ({_GUIDE})"
    return EngineUnavailableError(what=what, where=address, fix=fix)


def _installed() -> str | None:
    return shutil.which("dockerd") or shutil.which("docker")


def _address() -> str:
    """Of the engine that the docker command would use: Docker Desktop and rootless engines have
    sockets of their own, which its contexts name."""
    in_context = ContextAPI.kwargs_from_context().get("base_url")
    return os.environ.get("DOCKER_HOST") or str(in_context or DEFAULT_ADDRESS)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and errors among its arguments, as `requests` packs them."""
    yield error
    packed = [word for word in error.args if isinstance(word, BaseException)]
    for inner in [*packed, error.__cause__ or error.__context__]:
        if inner is not None:
            yield from _causes(inner)
