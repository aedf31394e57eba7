"""How the golden set is sent to a server."""

from __future__ import annotations

from typing import ClassVar

from pydantic import PositiveFloat, PositiveInt

from ml_ci.params.reading import Section


class ReplaySettings(Section):
    """Replay."""

    section: ClassVar[str] = "replay"

    concurrency: PositiveInt
    """Requests under way at once."""
    timeout_seconds: PositiveFloat
    """For one answer."""
