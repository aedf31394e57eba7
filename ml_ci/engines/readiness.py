"""Readiness: a started server is waited for until its readiness path answers 200."""

from __future__ import annotations

import http
import http.client
import socket
import threading
import time
from contextlib import suppress

from ml_ci.targets.running_server import RunningServer, StartError

_POLL_SECONDS = 0.05
_TOO_LATE = "did not answer in time"
# A readiness path may load things before it answers; one that drips is cut off as well.
_LONGEST_ANSWER_SECONDS = 10.0
_SHORTEST_ANSWER_SECONDS = 0.5  # the last one is not asked in vain


def wait_until_ready(
    server: RunningServer, path: str, seconds: float, *, unreachable_hint: str = ""
) -> None:
    """Return once ``path`` answers 200.

    Raises StartError when the server ends or ``seconds`` are over, with what it answered last, and
    with the hint when that was nothing.
    """
    deadline = time.monotonic() + seconds
    answer = "was not asked"
    while (left := deadline - time.monotonic()) > 0:
        ending = server.ending()
        if ending is not None:
            raise StartError(f"the server {ending} before it was ready", log_tail=server.log_tail())
        patience = max(min(left, _LONGEST_ANSWER_SECONDS), _SHORTEST_ANSWER_SECONDS)
        answer = _answer(server.url, path, patience) or f"could not be reached{unreachable_hint}"
        if answer == f"answered {http.HTTPStatus.OK}":
            return
        time.sleep(_POLL_SECONDS)
    raise StartError(
        f"the server was not ready after {seconds:g} s: {path} {answer}",
        log_tail=server.log_tail(),
    )


def _answer(url: str, path: str, seconds: float) -> str | None:
    """None when nothing answers."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=seconds)
    deadline = time.monotonic() + seconds
    cut_off = threading.Timer(seconds, _cut_off, [connection])
    try:
        connection.connect()
        cut_off.start()
        connection.request("GET", path)
        status = connection.getresponse().status
        # A header that was cut off looks like a whole one
        return f"answered {status}" if time.monotonic() < deadline else _TOO_LATE
    except TimeoutError:
        return _TOO_LATE
    except (OSError, http.client.HTTPException):
        return _TOO_LATE if time.monotonic() >= deadline else None
    finally:
        cut_off.cancel()
        connection.close()


def _cut_off(connection: http.client.HTTPConnection) -> None:
    """Timeouts of a socket begin again with every byte that arrives."""
    with suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)
