"""The trace a measurement belongs to, and no other that happens to lie there."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.errors import UserError
from ml_ci.measurement import FIX
from ml_ci.trace.layout import TRACE_FILE
from ml_ci.trace.reading import Trace


def measured_trace(side: str, sha256: str) -> Trace:
    """The trace of ``side``. Raises UserError when its trace.json has not this SHA-256."""
    path = paths.trace_folder(side) / TRACE_FILE
    if not is_measured_trace(side, sha256):
        raise UserError(
            what=f"the trace of the {side} is not the one that was measured",
            where=str(path),
            fix=FIX,
        )
    return Trace.open(path.parent)


def is_measured_trace(side: str, sha256: str) -> bool:
    """Whether the trace of ``side`` is there and its trace.json has this SHA-256."""
    path = paths.trace_folder(side) / TRACE_FILE
    return path.is_file() and sha256_of_file(path) == sha256
