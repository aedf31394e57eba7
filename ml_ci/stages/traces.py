"""The trace a measurement belongs to, and no other that happens to lie there."""

from __future__ import annotations

from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.errors import UserError
from ml_ci.measurement import FIX
from ml_ci.trace.layout import TRACE_FILE
from ml_ci.trace.reading import Trace


def measured_trace(side: str, sha256: str) -> Trace:
    """The trace of ``side``. Raises UserError when its trace.json has not this SHA-256."""
    return _measured(paths.trace_folder(side), sha256, f"the trace of the {side}")


def measured_synthetic(sha256: str) -> Trace:
    """The reference's answers to synthetic tensors. Raises UserError as ``measured_trace``."""
    what = "the trace of the reference's answers to synthetic tensors"
    return _measured(paths.SYNTHETIC, sha256, what)


def is_measured_trace(side: str, sha256: str) -> bool:
    """Whether the trace of ``side`` is there and its trace.json has this SHA-256."""
    return _is(paths.trace_folder(side), sha256)


def is_measured_synthetic(sha256: str) -> bool:
    """The same of the reference's answers to synthetic tensors."""
    return _is(paths.SYNTHETIC, sha256)


def _measured(folder: Path, sha256: str, what: str) -> Trace:
    if not _is(folder, sha256):
        raise UserError(
            what=f"{what} is not the one that was measured",
            where=str(folder / TRACE_FILE),
            fix=FIX,
        )
    return Trace.open(folder)


def _is(folder: Path, sha256: str) -> bool:
    path = folder / TRACE_FILE
    return path.is_file() and sha256_of_file(path) == sha256
