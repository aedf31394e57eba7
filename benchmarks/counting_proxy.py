"""A proxy that counts: every byte that goes through its sockets, in each direction."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_CHUNK = 64 * 1024
_END_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Bytes of HTTP, headers included; what TCP and IP add is not in it."""

    sent: int
    """From the client to the server."""
    received: int

    @property
    def both(self) -> int:
        """In all."""
        return self.sent + self.received


class CountingProxy:
    """Passes bytes on between clients and one server, knowing nothing of what they mean."""

    def __init__(self, listening: socket.socket, server: tuple[str, int]) -> None:
        self._listening = listening
        self._server = server
        self._lock = threading.Lock()
        self._sent = 0
        self._received = 0

    @property
    def url(self) -> str:
        """Where clients go instead of to the server."""
        host, port = self._listening.getsockname()
        return f"http://{host}:{port}"

    def traffic(self) -> Traffic:
        """Since it was started."""
        with self._lock:
            return Traffic(sent=self._sent, received=self._received)

    def accept(self) -> None:
        """Serve until the listening socket is closed."""
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            for source, sink, outwards in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=self._pass_on, args=(source, sink, outwards), daemon=True
                ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, outwards: bool) -> None:
        """Until either end is closed; then both are."""
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                with self._lock:
                    if outwards:
                        self._sent += len(chunk)
                    else:
                        self._received += len(chunk)
                sink.sendall(chunk)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def counting_proxy(host: str, port: int) -> Iterator[CountingProxy]:
    """A proxy in front of a server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = CountingProxy(listening, (host, port))
        thread = threading.Thread(target=proxy.accept, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(_END_SECONDS)
