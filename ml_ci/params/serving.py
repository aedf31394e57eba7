"""The limits of our own server."""

from __future__ import annotations

from typing import ClassVar

from pydantic import PositiveInt

from ml_ci.params.reading import Section


class ServingSettings(Section):
    """What the server accepts; the limits of a single image are those of `limits`."""

    section: ClassVar[str] = "serving"

    body_bytes: PositiveInt
    """Largest request body; base64 makes an image a third larger."""
    instances: PositiveInt
    """Most images in one request."""
    threads: PositiveInt
    """ONNX Runtime threads of one request."""
