"""The engine's HTTP API over its socket, as far as it is needed before a package is installed."""

from __future__ import annotations

import enum
import http.client
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from ml_ci.errors import UserError

DEFAULT_SOCKET = Path("/var/run/docker.sock")
_PING_SECONDS = 5.0
_SILENCE_SECONDS = 30.0
"""An engine that pulls reports progress several times a second; a registry that cannot be reached
leaves it silent."""
_IMPORT_SECONDS = 600.0  # between two packages, and while the engine unpacks: nothing is said


class Answer(enum.Enum):
    """What came back when the engine was asked whether it is there."""

    ANSWERS = "answers"
    ABSENT = "is not running"
    DENIED = "does not let you in"
    SILENT = "does not answer"


def engine_socket() -> Path:
    """Where the engine is that `docker` would use: ``DOCKER_HOST``, its context, the usual place.

    Raises UserError when it is not on this machine.
    """
    address = os.environ.get("DOCKER_HOST") or _context() or f"unix://{DEFAULT_SOCKET}"
    if not address.startswith("unix://"):
        raise UserError(
            what="the Docker engine is reached over a network; ml-ci needs one on this machine",
            where=f"DOCKER_HOST or docker context: {address}",
            fix="unset DOCKER_HOST, or `docker context use default`",
        )
    return Path(address.removeprefix("unix://"))


@dataclass(frozen=True, kw_only=True)
class EngineApi:
    """An engine behind a socket, running or not."""

    socket: Path

    def ask(self) -> Answer:
        """Whether it is there."""
        try:
            status, _ = self._request("GET", "/_ping", seconds=_PING_SECONDS)
        except PermissionError:
            return Answer.DENIED
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return Answer.ABSENT
        except (OSError, http.client.HTTPException):
            return Answer.SILENT
        return Answer.ANSWERS if status == http.client.OK else Answer.SILENT

    def image_bytes(self, name: str) -> int | None:
        """The size of an image; None when the engine has not got it."""
        with self._broken_off():
            path = f"/images/{quote(name)}/json"
            status, body = self._request("GET", path, seconds=_PING_SECONDS)
        if status != http.client.OK:
            return None
        size: int = json.loads(body)["Size"]
        return size

    def pull(self, name: str) -> str | None:
        """Pull an image; why not, when it cannot be had."""
        tagged = name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"
        try:
            return self._create({"fromImage": tagged}, body=None, seconds=_SILENCE_SECONDS)
        except TimeoutError:
            return f"nothing was heard for {_SILENCE_SECONDS:g} s"
        except (OSError, http.client.HTTPException) as error:
            return f"the engine broke off: {error!r}"

    def load(self, archive: Iterable[bytes], *, name: str, changes: tuple[str, ...]) -> str | None:
        """Make an image of a tar archive; why not, when the engine refuses it.

        An error raised by ``archive`` leaves no image: the engine sees that the end is missing.
        """
        repository, _, tag = name.partition(":")
        query = [("fromSrc", "-"), ("repo", repository), ("tag", tag)]
        query += [("changes", change) for change in changes]
        with self._broken_off():
            return self._create(query, body=archive, seconds=_IMPORT_SECONDS)

    @contextmanager
    def _broken_off(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            raise UserError(
                what=f"the Docker engine broke off: {error or type(error).__name__}",
                where=str(self.socket),
                fix="look into its log (is the disk full?) and try again",
            ) from None

    def _create(
        self,
        query: dict[str, str] | list[tuple[str, str]],
        *,
        body: Iterable[bytes] | None,
        seconds: float,
    ) -> str | None:
        path = f"/images/create?{urlencode(query)}"
        status, answer = self._request("POST", path, body=body, seconds=seconds)
        lines = [json.loads(line) for line in answer.splitlines() if line.strip()]
        if status == http.client.OK:
            return next((str(line["error"]) for line in lines if "error" in line), None)
        return str(lines[0].get("message", status)) if lines else f"status {status}"

    def _request(
        self, method: str, path: str, *, seconds: float, body: Iterable[bytes] | None = None
    ) -> tuple[int, bytes]:
        connection = _UnixConnection(self.socket, seconds)
        try:
            connection.request(method, path, body=body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; ``seconds`` bounds every single wait."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _context() -> str | None:
    """The engine that `docker context use` chose."""
    if shutil.which("docker") is None:
        return None
    command = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None
