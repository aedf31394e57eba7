"""The engine's API: whether it is there, and what it answers, over a real Unix socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer

import pytest

from ml_ci.errors import UserError
from scripts.engine.api import Answer, EngineApi, engine_socket


@contextmanager
def answering(path: Path, status: int, *lines: dict[str, object]) -> Iterator[list[str]]:
    """An engine that answers every request with these lines; the requests it got."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.end_headers()
            for line in lines:
                self.wfile.write(json.dumps(line).encode() + b"\n")

        do_POST = do_GET  # noqa: N815 - the name is Python's

        def address_string(self) -> str:
            return "a client without an address"

        def log_message(self, *_: object) -> None:
            return

    with UnixStreamServer(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield requests
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def api(tmp_path: Path) -> EngineApi:
    """Behind a socket that nobody has opened yet."""
    return EngineApi(socket=tmp_path / "s")


def test_ask__no_socket(api: EngineApi) -> None:
    assert Answer.ABSENT is api.ask()


def test_ask__a_socket_that_a_killed_engine_left(api: EngineApi) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(api.socket))
    assert Answer.ABSENT is api.ask()


@pytest.mark.parametrize(("status", "expected"), [(200, Answer.ANSWERS), (500, Answer.SILENT)])
def test_ask__by_status(api: EngineApi, status: int, expected: Answer) -> None:
    with answering(api.socket, status) as requests:
        assert expected is api.ask()
    assert ["GET /_ping"] == requests


def test_image_bytes__of_an_image(api: EngineApi) -> None:
    with answering(api.socket, 200, {"Size": 12}):
        assert 12 == api.image_bytes("a/b:1")


def test_image_bytes__no_such_image(api: EngineApi) -> None:
    with answering(api.socket, HTTPStatus.NOT_FOUND, {"message": "No such image"}):
        assert api.image_bytes("a/b:1") is None


def test_image_bytes__no_engine_any_more(api: EngineApi) -> None:
    with pytest.raises(UserError, match="broke off"):
        api.image_bytes("a/b:1")


@pytest.mark.parametrize(
    ("name", "asked"),
    [("a/b", "a%2Fb%3Alatest"), ("a:5000/b", "a%3A5000%2Fb%3Alatest"), ("a:1", "a%3A1")],
    ids=["bare", "port", "tag"],
)
def test_pull__one_tag_and_no_more(api: EngineApi, name: str, asked: str) -> None:
    with answering(api.socket, 200, {"status": "Pulling"}, {"status": "Done"}) as requests:
        assert api.pull(name) is None
    assert [f"POST /images/create?fromImage={asked}"] == requests


@pytest.mark.parametrize(
    ("status", "line"),
    [(200, {"error": "no such host"}), (500, {"message": "no such host"})],
    ids=["on-the-way", "at-once"],
)
def test_pull__says_why_not(api: EngineApi, status: int, line: dict[str, object]) -> None:
    with answering(api.socket, status, line):
        assert "no such host" == api.pull("a:1")


def test_engine_socket__docker_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/user/1000/docker.sock")
    assert Path("/run/user/1000/docker.sock") == engine_socket()


@pytest.mark.parametrize("host", ["tcp://10.0.0.1:2375", "ssh://somebody@somewhere"])
def test_engine_socket__another_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(UserError, match="over a network"):
        engine_socket()
