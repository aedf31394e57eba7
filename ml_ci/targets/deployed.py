"""A deployed server: somebody else runs it, so all that is known is its address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """As ``RunningServer`` wants it."""

    url: str

    def ending(self) -> str | None:
        """It may have ended; nobody here can tell."""
        return None

    def log_tail(self) -> tuple[str, ...]:
        """Its log is elsewhere."""
        return ()
