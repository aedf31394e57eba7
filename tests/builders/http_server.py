"""A server made by hand for one test: it answers what the test says, right or wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it arrived."""

    path: str
    body: bytes
    authorization: str | None = None
    """The header of that name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """All of them, their names in lower case."""


Respond = Callable[[Received], bytes]
"""A request → every byte of the answer, status line included."""


def response(body: bytes, *, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer; ``length`` announces another length than the body has."""
    announced = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\ncontent-length: {announced}\r\nconnection: close\r\n\r\n"
    return head.encode() + body


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """The address of a server that answers with ``respond`` and closes each connection."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            with suppress(OSError):  # the client may have left
                self.wfile.write(respond(self._received(body)))
            self.close_connection = True

        def _received(self, body: bytes) -> Received:
            headers = {name.lower(): value for name, value in self.headers.items()}
            authorization = headers.get("authorization")
            return Received(path=self.path, body=body, authorization=authorization, headers=headers)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
