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
from docker.credentials.errors import StoreError
from docker.errors import DockerException
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from ml_ci.engines.log import one_line
from ml_ci.errors import UserError

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
UNIX_SCHEMES = {"unix", "http+unix"}
LOCAL_SCHEMES = UNIX_SCHEMES | {"npipe"}
NETWORK_SCHEMES = {"tcp", "http", "https"}
LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}
# The engine itself answers within seconds or never; a step of a build may be silent for long.
ANSWER_SECONDS = 60
BUILD_SECONDS = 3600
PING_SECONDS = 10
_PING_BYTES = 16
SCRIPT = "`sudo python3 scripts/docker_engine.py up`"
PERMISSION_FIX = "`sudo usermod -aG docker $USER`, then log in again; or run the engine rootless"
_GUIDE = "docs/docker.md"
# Whatever the SDK lets through: its own errors, requests' (which are OSErrors), urllib3's from
# within a stream, those of helpers that keep passwords, and wrong addresses.
ENGINE_ERRORS = (DockerException, OSError, HTTPError, StoreError, ValueError)


class EngineUnavailableError(UserError):
    """No container can be made or run on this machine; `container.engine: auto` does without."""


@contextmanager
def connected() -> Iterator[DockerClient]:
    """A client of the engine that the docker command would use (its contexts, ``DOCKER_HOST``).

    Raises EngineUnavailableError when it does not answer, runs elsewhere (what it publishes on
    127.0.0.1 could not be reached from here), or breaks off while the client is used.
    """
    address = _address()
    _check_local(address)
    try:
        _ping(address)
        client = docker.from_env(timeout=ANSWER_SECONDS)
    except ENGINE_ERRORS as error:
        raise explain(error, address, installed=_installed()) from None
    try:
        yield client
    except (DockerException, RequestException, HTTPError, StoreError) as error:
        raise EngineUnavailableError(
            what=f"the Docker engine broke off: {one_line(error)}",
            where=address,
            fix="look into its log, restart it if need be, then run the same command again",
        ) from None
    finally:
        client.close()


@contextmanager
def patient(client: DockerClient) -> Iterator[None]:
    """A block in which the engine may be silent for as long as a step of a build takes."""
    client.api.timeout = BUILD_SECONDS
    try:
        yield
    finally:
        client.api.timeout = ANSWER_SECONDS


def _check_local(address: str) -> None:
    """Raise EngineUnavailableError unless ports that the engine publishes are this machine's."""
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
    except ValueError as error:
        raise _no_address(address, str(error)) from None
    if url.scheme in LOCAL_SCHEMES or (url.scheme in NETWORK_SCHEMES and host in LOCAL_HOSTS):
        return
    if url.scheme not in NETWORK_SCHEMES | {"ssh"}:
        raise _no_address(address, f"expected something like {DEFAULT_ADDRESS}")
    raise EngineUnavailableError(
        what="the Docker engine runs on another machine",
        where=address,
        fix="unset DOCKER_HOST or choose a local one with `docker context use`",
    )


def _no_address(address: str, reason: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        what=f"that is no address of a Docker engine: {reason}",
        where=f"DOCKER_HOST, {address!r}",
        fix=f"correct it, or unset it for {DEFAULT_ADDRESS}",
    )


def _ping(address: str) -> None:
    """Raise OSError unless something answers on a socket of this machine.

    The SDK has more patience, and leaves its connection open when it fails.
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
        what = f"the Docker engine does not answer: {one_line(causes[-1])}"
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
    host, context = os.environ.get("DOCKER_HOST"), os.environ.get("DOCKER_CONTEXT")
    if host:
        return host
    try:
        known = ContextAPI.get_context(context)
        in_context = ContextAPI.kwargs_from_context().get("base_url")
    except (DockerException, ValueError, OSError) as error:
        raise _no_context(context, str(error)) from None
    if context and known is None:
        raise _no_context(context, "there is none of this name")
    return str(in_context or DEFAULT_ADDRESS)


def _no_context(name: str | None, reason: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        what=f"the docker context cannot be used: {reason}",
        where=f"docker context {name or '(the current one)'}",
        fix="`docker context ls` lists them; unset DOCKER_CONTEXT, or `docker context use default`",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and errors among its arguments, as `requests` packs them."""
    yield error
    packed = [word for word in error.args if isinstance(word, BaseException)]
    for inner in [*packed, error.__cause__ or error.__context__]:
        if inner is not None:
            yield from _causes(inner)
