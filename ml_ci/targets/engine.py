"""The seam between what is served and what runs it: a container engine, or a plain process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class RunningServer(Protocol):
    """A server that has answered its readiness path."""

    @property
    def url(self) -> str:
        """Where it listens: ``http://127.0.0.1:PORT``."""

    def is_alive(self) -> bool:
        """Whether it is still running."""

    def ending(self) -> str | None:
        """How it ended, None while it runs: "the server " + "ended with exit code 1"."""

    def log_tail(self) -> tuple[str, ...]:
        """The last lines it logged, oldest first."""

    def stop(self) -> None:
        """Stop it, by force when it does not stop by itself; does nothing the second time."""


class Engine(Protocol):
    """Runs the server of a build context (``ml_ci.engines.context``)."""

    @property
    def name(self) -> str:
        """docker | process."""

    def running(self, context: Path) -> AbstractContextManager[RunningServer]:
        """Start the server and wait until it is ready; leaving the block always stops it.

        Raises StartError when it does not get ready.
        """


class StartError(Exception):
    """The server could not be built or did not get ready, and why in one sentence."""

    def __init__(self, sentence: str, *, log_tail: tuple[str, ...]) -> None:
        self.log_tail = log_tail
        super().__init__(sentence)
