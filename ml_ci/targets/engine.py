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

    def log_tail(self) -> tuple[str, ...]:
        """The last lines it logged, oldest first."""

    def stop(self) -> None:
        """Stop it, by force when it does not stop by itself; does nothing the second time."""


class Engine(Protocol):
    """Runs the server of a build context (``ml_ci.engines.context``)."""

    @property
    def name(self) -> str:
        """As in ``params.yaml: container.engine``."""

    def prepare(self, context: Path) -> None:
        """Make what running needs: an image, or a virtual environment. Raises UserError."""

    def running(self, context: Path) -> AbstractContextManager[RunningServer]:
        """Start the server and wait until it is ready; leaving the block always stops it.

        Raises StartError when it does not get ready.
        """


class StartError(Exception):
    """The server did not get ready, and why in one sentence."""

    def __init__(self, sentence: str, *, log_tail: tuple[str, ...]) -> None:
        self.log_tail = log_tail
        super().__init__(sentence)
