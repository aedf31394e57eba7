"""The connection: a client of GitHub's API, on this machine's clock and network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ml_ci.github.api import GitHub

_TIMEOUT = httpx.Timeout(30.0)  # seconds without a byte; a download may take longer in all


@contextmanager
def connected(api: str, repository: str, token: str) -> Iterator[GitHub]:
    """A client of ``repository`` (`owner/name`); the environment names proxies and certificates."""
    with httpx.Client(timeout=_TIMEOUT) as http:
        yield GitHub(
            http=http,
            api=api,
            repository=repository,
            token=token,
            sleep=time.sleep,
            now=time.time,
        )
