"""What an image may be: the same limits for training data, golden set and requests."""

from __future__ import annotations

from typing import ClassVar

from pydantic import PositiveFloat, PositiveInt

from ml_ci.params.reading import Section


class LimitSettings(Section):
    """Bounds that keep memory bounded; an image beyond one of them is refused, never shrunk."""

    section: ClassVar[str] = "limits"

    bytes: PositiveInt
    """Encoded size of one image."""
    side: PositiveInt
    """Longest side in pixels."""
    pixels: PositiveInt
    """Width × height."""
    aspect: PositiveFloat
    """Longer ÷ shorter side; padding a 2×20 000 strip to a square would take gigabytes."""
