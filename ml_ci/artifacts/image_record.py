"""The server's image: what it was made of, and what will run it."""

from __future__ import annotations

from ml_ci.artifacts.record import Record


class BuiltImage(Record):
    """An image in a container engine."""

    name: str
    """After what it is made of, or as the user calls it."""
    id: str
    """As the engine knows it; another one after every rebuild."""
    size_bytes: int
    base: str | None
    """The image it is made from; None when that is the user's matter."""
    base_id: str | None
    stands_in_for: str | None
    """The base that params.yaml names, where `base` is another because that could not be had."""
    base_bytes: int | None
    build_seconds: float | None
    """None when it was there already."""


class ImageRecord(Record):
    """What the server is made of and what will run it."""

    wanted: str
    """`container.engine` of params.yaml, or of the environment."""
    used: str
    """docker | process."""
    reason: str
    """Why `auto` does without a container; empty when it does not."""
    context_sha256: str
    """Over names and contents of the build context."""
    image: BuiltImage | None
    failure: str | None
    """Why there is no image: the build failed."""
    log_tail: tuple[str, ...]
    """The last lines of the build that failed."""
