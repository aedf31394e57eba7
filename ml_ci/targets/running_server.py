"""A running server, as far as whoever asks it has to know it; what runs it is in ``engines/``."""

from __future__ import annotations

from typing import Protocol


class RunningServer(Protocol):
    """A server that has answered its readiness path."""

    @property
    def url(self) -> str:
        """Where it listens: ``http://127.0.0.1:PORT``."""

    def ending(self) -> str | None:
        """How it ended, None while it runs: "the server " + "ended with exit code 1"."""

    def log_tail(self) -> tuple[str, ...]:
        """The last lines it logged, oldest first."""


class StartError(Exception):
    """The server could not be built or did not get ready, and why in one sentence."""

    def __init__(self, sentence: str, *, log_tail: tuple[str, ...]) -> None:
        self.log_tail = log_tail
        super().__init__(sentence)
