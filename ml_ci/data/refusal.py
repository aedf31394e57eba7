"""A refusal: one plain sentence saying why some bytes are not taken as an image."""

from __future__ import annotations


class ImageError(ValueError):
    """The image is refused; whoever catches it adds which image it was."""


class LimitError(ImageError):
    """The image is sound, but beyond a limit of params.yaml."""
