"""The counting proxy: passes everything on, and counts every byte of it."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from benchmarks.counting_proxy import Traffic, counting_proxy
from tests.builders.http_server import response, serving

REQUEST = b"POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: 300000\r\n\r\n" + b"a" * 300_000
ANSWER = response(b"b" * 500_000)


def test_counting_proxy__counts_what_it_passes_on() -> None:
    with serving(lambda request: ANSWER if len(request.body) == 300_000 else b"") as url:
        server = urlsplit(url)
        with counting_proxy(server.hostname or "", server.port or 0) as proxy:
            answer = _exchange(proxy.url)
            traffic = proxy.traffic()

    assert answer == ANSWER
    assert traffic == Traffic(sent=len(REQUEST), received=len(ANSWER))


def test_counting_proxy__adds_up_over_connections() -> None:
    with serving(lambda _: ANSWER) as url:
        server = urlsplit(url)
        with counting_proxy(server.hostname or "", server.port or 0) as proxy:
            for _ in range(2):
                _exchange(proxy.url)

            assert 2 * (len(REQUEST) + len(ANSWER)) == proxy.traffic().both


def _exchange(url: str) -> bytes:
    """Everything the other side sends until it closes."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as one:
        one.sendall(REQUEST)
        received = b""
        while chunk := one.recv(65536):
            received += chunk
    return received
