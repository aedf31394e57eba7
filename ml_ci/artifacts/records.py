"""What the stages around the server leave for the report, beside their traces."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Frozen, and closed against keys nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReferenceRecord(Record):
    """The reference on the golden set."""

    images: int
    right: int
    """Golden images whose predicted class is their label."""
    graph: str | None
    """How the exported graph differs from PyTorch on the golden set; None when it does not."""
    trace_sha256: str
    """Of trace.json, which holds the hashes of everything else in the trace."""


class ImageRecord(Record):
    """What the server is made of and what will run it."""

    wanted: str
    """`container.engine` of params.yaml."""
    used: str
    context_sha256: str
    """Over names and contents of the build context."""


class ReplayRecord(Record):
    """How the replay went."""

    images: int
    failures: int
    gave_up: str | None
    """Why images were left out unsent; None when all were sent."""
    log_tail: tuple[str, ...]
    """The server's last log lines, when anything failed."""
    trace_sha256: str
    """Of trace.json, which holds the hashes of everything else in the trace."""
