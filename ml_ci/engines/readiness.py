"""Readiness: a started server is waited for until its readiness path answers 200."""

from __future__ import annotations

import http
import http.client
import time

from ml_ci.targets.engine import RunningServer, StartError

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 1.0


def wait_until_ready(
    server: RunningServer, path: str, seconds: float, *, unreachable_hint: str = ""
) -> None:
    """Return once ``path`` answers 200.

    Raises StartError when the server ends or ``seconds`` are over, with what it answered last, and
    with the hint when that was nothing.
    """
    deadline = time.monotonic() + seconds
    answer = "was not asked"
    while time.monotonic() < deadline:
        ending = server.ending()
        if ending is not None:
            raise StartError(f"the server {ending} before it was ready", log_tail=server.log_tail())
        answer = _answer(server.url, path) or f"could not be reached{unreachable_hint}"
        if answer == f"answered {http.HTTPStatus.OK}":
            return
        time.sleep(_POLL_SECONDS)
    raise StartError(
        f"the server was not ready after {seconds:g} s: {path} {answer}",
        log_tail=server.log_tail(),
    )


def _answer(url: str, path: str) -> str | None:
    """None when nothing answers."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        return f"answered {connection.getresponse().status}"
    except TimeoutError:
        return "did not answer in time"
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
