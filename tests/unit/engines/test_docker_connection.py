"""No engine, an engine one may not use, one that does not answer: each its own sentence."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ml_ci.engines import docker_connection
from ml_ci.engines.docker_connection import EngineUnavailableError, connected, explain
from tests.builders.containers import needed_base

NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder everybody may enter, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def silent_engine(path: Path) -> Iterator[None]:
    """Accepts connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield


def problem(host: str, monkeypatch: pytest.MonkeyPatch) -> EngineUnavailableError:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(EngineUnavailableError) as error, connected():
        pytest.fail("connected")
    return error.value


def test_connected__without_an_engine(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = problem(f"unix://{place}/none.sock", monkeypatch)

    assert "Docker" in error.what
    assert f"unix://{place}/none.sock" == error.where


def test_connected__without_permission(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place / "engine.sock"
    with silent_engine(path):
        path.chmod(0)
        if os.geteuid() == 0:  # root may do everything
            os.seteuid(NOBODY)
        try:
            error = problem(f"unix://{path}", monkeypatch)
        finally:
            os.seteuid(os.getuid())

    assert "you have no permission to use the Docker engine" == error.what
    assert "usermod -aG docker" in error.fix


def test_connected__to_an_engine_that_does_not_answer(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_connection, "PING_SECONDS", 0.3)
    with silent_engine(place / "engine.sock"):
        error = problem(f"unix://{place}/engine.sock", monkeypatch)

    assert "the Docker engine does not answer: timed out" == error.what


def test_connected__to_a_socket_nobody_listens_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent_engine(place / "engine.sock"):
        pass  # the file stays

    error = problem(f"unix://{place}/engine.sock", monkeypatch)

    assert error.what in {"no Docker engine is running", "there is no Docker here"}


def test_connected__refuses_an_engine_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    error = problem("tcp://192.0.2.1:2375", monkeypatch)

    assert "the Docker engine runs on another machine" == error.what


def failure(cause: Exception) -> Exception:
    """An error as `docker` and `requests` wrap it: the cause is an argument of an argument."""
    return RuntimeError(
        "Error while fetching server API version", ConnectionError("aborted", cause)
    )


@pytest.mark.parametrize(
    ("cause", "installed", "platform", "what", "fix"),
    [
        (PermissionError(13, "x"), None, "linux", "no permission", "usermod -aG docker"),
        (FileNotFoundError(2, "x"), None, "linux", "there is no Docker", "docker_engine.py up"),
        (FileNotFoundError(2, "x"), None, "darwin", "there is no Docker", "Docker Desktop"),
        (FileNotFoundError(2, "x"), "/d", "linux", "no Docker engine", "systemctl start"),
        (ConnectionRefusedError(1, "x"), "/d", "win32", "no Docker engine", "start Docker Desktop"),
        (TimeoutError("too late"), "/d", "linux", "does not answer: too late", "restart it"),
    ],
    ids=["denied", "absent", "absent-mac", "stopped", "stopped-windows", "silent"],
)
def test_explain__says_why_and_what_to_do(
    cause: Exception, installed: str | None, platform: str, what: str, fix: str
) -> None:
    error = explain(failure(cause), "unix:///x", installed=installed, platform=platform)

    assert what in error.what
    assert fix in error.fix


@pytest.mark.parametrize(
    "address",
    ["tcp://[::1", "tcp://localhost:abc", "tcp://127.0.0.1:99999", "/var/run/docker.sock"],
)
def test_connected__to_nonsense_says_what_an_address_is(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = problem(address, monkeypatch)

    assert error.what.startswith("that is no address of a Docker engine: ")
    assert f"DOCKER_HOST, {address!r}" == error.where


def test_connected__to_a_context_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")

    error = problem("", monkeypatch)

    assert "the docker context cannot be used: there is none of this name" == error.what


def test_connected__tells_of_an_engine_that_breaks_off() -> None:
    needed_base()

    with pytest.raises(EngineUnavailableError) as error, connected():
        raise requests.ConnectionError("connection reset")

    assert "the Docker engine broke off: connection reset" == error.value.what
