"""Reading a body: the limits hold while it arrives, not after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request

from ml_ci.serving.body import read_body
from ml_ci.serving.request_error import RequestError

CHUNK = b"x" * 10


class Sender:
    """An ASGI client that sends ``chunks`` chunks and counts how many were taken."""

    def __init__(self, chunks: int, *, end: dict[str, Any] | None = None) -> None:
        self.chunks, self.taken = chunks, 0
        self.end = end

    async def __call__(self) -> dict[str, Any]:
        self.taken += 1
        if self.taken == self.chunks and self.end is not None:
            return self.end
        more = self.taken < self.chunks
        return {"type": "http.request", "body": CHUNK, "more_body": more}


def read(receive: Callable[[], Any], *, most: int, length: str | None = None) -> bytes:
    headers = [] if length is None else [(b"content-length", length.encode())]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    return asyncio.run(read_body(request, most=most))


def test_read_body__joins_the_chunks() -> None:
    assert read(Sender(3), most=30) == CHUNK * 3


def test_read_body__stops_reading_beyond_the_limit() -> None:
    sender = Sender(1_000_000)
    with pytest.raises(RequestError, match="the body is larger than 25 bytes") as caught:
        read(sender, most=25)
    assert (caught.value.status, sender.taken) == (413, 3)


@pytest.mark.parametrize("length", ["26", "9" * 10_000])
def test_read_body__refuses_by_announced_length_before_reading(length: str) -> None:
    sender = Sender(1)
    with pytest.raises(RequestError) as caught:
        read(sender, most=25, length=length)
    assert (caught.value.status, sender.taken) == (413, 0)


def test_read_body__that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_ci.serving.body.BODY_SECONDS", 0.01)
    with pytest.raises(RequestError) as caught:
        read(lambda: asyncio.sleep(60), most=25)
    assert caught.value.status == 408


def test_read_body__that_ends_early_is_refused() -> None:
    with pytest.raises(RequestError) as caught:
        read(Sender(2, end={"type": "http.disconnect"}), most=100)
    assert caught.value.status == 400
