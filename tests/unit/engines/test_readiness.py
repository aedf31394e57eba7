"""Waiting for a server: what it answered last, or how it ended."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from ml_ci.engines.readiness import wait_until_ready
from ml_ci.targets.running_server import StartError
from tests.builders.fake_target import FakeServer, FakeTarget
from tests.builders.http_server import Received, response, serving


def server_at(url: str, *, alive: bool = True) -> FakeServer:
    return FakeServer(url=url, target=FakeTarget(alive=alive))


def answering(*statuses: str) -> Callable[[Received], bytes]:
    """One status after the other; the last one for good."""
    left = list(statuses)

    def respond(request: Received) -> bytes:
        status = left.pop(0) if len(left) > 1 else left[0]
        return response(request.path.encode(), status=status)

    return respond


def test_wait_until_ready__waits_for_200() -> None:
    with serving(answering("503 Not yet", "404 Not yet", "200 OK")) as url:
        wait_until_ready(server_at(url), "/ready", 5.0)


def test_wait_until_ready__takes_no_other_status() -> None:
    with (
        serving(answering("204 No Content")) as url,
        pytest.raises(StartError) as error,
    ):
        wait_until_ready(server_at(url), "/ready", 0.3)

    assert "the server was not ready after 0.3 s: /ready answered 204" == str(error.value)


def test_wait_until_ready__of_a_server_that_ended_gives_its_last_words() -> None:
    with pytest.raises(StartError) as error:
        wait_until_ready(server_at("http://127.0.0.1:1", alive=False), "/ready", 5.0)

    assert "the server ended with exit code 1 before it was ready" == str(error.value)
    assert ("last words",) == error.value.log_tail


def test_wait_until_ready__of_nobody_says_so_with_the_hint() -> None:
    with pytest.raises(StartError) as error:
        wait_until_ready(server_at("http://127.0.0.1:1"), "/r", 0.2, unreachable_hint="; look")

    assert "the server was not ready after 0.2 s: /r could not be reached; look" == str(error.value)


def test_wait_until_ready__has_patience_with_a_slow_answer() -> None:
    def slow(_request: Received) -> bytes:
        time.sleep(1.2)
        return response(b"")

    with serving(slow) as url:
        wait_until_ready(server_at(url), "/ready", 5.0)


def test_wait_until_ready__cuts_off_who_drips() -> None:
    """Each byte would begin a timeout of the socket anew."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        dripping = threading.Thread(target=drip, args=(server,), daemon=True)
        dripping.start()
        started = time.monotonic()

        with pytest.raises(StartError, match="/ready did not answer in time"):
            wait_until_ready(server_at(f"http://{host}:{port}"), "/ready", 0.6)

        assert time.monotonic() - started < 5


def drip(server: socket.socket) -> None:
    """A header that never ends."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.1)
