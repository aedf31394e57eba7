"""Our client of the fake GitHub, whose clock is the test's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from ml_ci.github.api import GitHub
from tests.builders.github.server import Address
from tests.builders.github.state import REPOSITORY


@dataclass(kw_only=True)
class Clock:
    """Time that passes only by sleeping."""

    seconds: float = 1_000_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """No waiting, but it is later afterwards."""
        self.slept.append(seconds)
        self.seconds += seconds


@contextmanager
def connected(
    address: Address,
    clock: Clock | None = None,
    *,
    token: str = "t0ken",  # noqa: S107
    repository: str = REPOSITORY,
) -> Iterator[GitHub]:
    """A client with the token that `FakeGitHub` knows."""
    time = clock or Clock()
    trusted = ssl.create_default_context(cafile=str(address.certificates))
    with httpx.Client(verify=trusted, trust_env=False, timeout=20.0) as http:
        yield GitHub(
            http=http,
            api=address.api,
            repository=repository,
            token=token,
            sleep=time.sleep,
            now=time.now,
        )
