"""Where the study keeps what its processes hand to each other."""

from __future__ import annotations

from datetime import UTC, datetime

from ml_ci.steps import RECEIVED
from ml_ci.trace.layout import TraceHeader

WEIGHTS = "weights.safetensors"
FROM_IMAGE, FROM_TENSOR = "model.onnx", "network.onnx"
FLOATS_FROM_IMAGE, FLOATS_FROM_TENSOR = "model-floats.onnx", "network-floats.onnx"
IMAGES, TENSORS = "images.npz", "tensors.npz"
"""By picture: what every side decodes it to, and what enters the reference's network."""
REFERENCE = "reference"
SENT = "sent"
"""Folder of the encoded pictures."""


def header(target: str, entry: str = RECEIVED.name) -> TraceHeader:
    """Of a trace that belongs to no run of the pipeline."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return TraceHeader(target=target, receipt="", created=created, entry=entry)
