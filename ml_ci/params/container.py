"""What runs the server that the golden set is replayed against."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import PositiveFloat

from ml_ci.params.reading import Section


class ContainerSettings(Section):
    """The engine and its deadlines."""

    section: ClassVar[str] = "container"

    engine: Literal["process"]
    """`process` runs the server from a virtual environment of its own, not from an image."""
    ready_seconds: PositiveFloat
    """How long the server may take until `/healthz` answers."""
    stop_seconds: PositiveFloat
    """How long it may take to stop before it is killed."""
