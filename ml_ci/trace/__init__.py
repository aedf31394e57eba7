"""A trace: what one side recorded on each rung, for every image, on disk and in memory.

``trace/<target>/trace.json`` names the images, the failures and the shards. A shard is some images
in the order they were recorded: ``00000.json`` holds hashes, shapes and texts of their rungs,
``00000.safetensors`` the arrays that were kept, named ``<step>/<image>``. So neither side of a
comparison is ever in memory as a whole. Needs numpy and safetensors only; nothing is pickled.
"""

from __future__ import annotations

from ml_ci.rung import (
    Array,
    Recorded,
    Rung,
    record_array,
    record_bytes,
    record_text,
    sha256_of_array,
)
from ml_ci.trace.layout import FLOATS, HASHED, TRACE_FILE, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

__all__ = [
    "FLOATS",
    "HASHED",
    "TRACE_FILE",
    "Array",
    "Recorded",
    "Rung",
    "Trace",
    "TraceHeader",
    "TraceWriter",
    "record_array",
    "record_bytes",
    "record_text",
    "sha256_of_array",
]
