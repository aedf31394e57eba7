"""Small traces on disk: a ladder of two classes for every image, with rungs replaced at will."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ml_ci.noise import NoiseFloor, RungNoise, starts_of
from ml_ci.rung import Array, Recorded, record_array, record_bytes, record_text
from ml_ci.steps import FLOAT_STEPS
from ml_ci.trace.layout import FLOATS, HASHED, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

CLASS_NAMES = ("cat", "dog")
Rungs = dict[str, Recorded]


def pixels() -> Array:
    """uint8 4×6×3."""
    return np.arange(72, dtype=np.uint8).reshape(4, 6, 3)


def ladder(**replaced: Array | str | bytes | None) -> Rungs:
    """One image on every rung; ``replaced`` gives other contents, None leaves a rung out."""
    contents: dict[str, Array | str | bytes | None] = {
        "received": b"file",
        "decoded": pixels(),
        "image": pixels(),
        "resized": np.full((3, 2, 2), 100, np.float32),
        "tensor": np.full((3, 2, 2), 0.5, np.float32),
        "logits": np.asarray([2, -1], np.float32),
        "probabilities": np.asarray([0.95, 0.05], np.float32),
        "label": "cat",
        **replaced,
    }
    return {step: _record(step, value) for step, value in contents.items() if value is not None}


def _record(step: str, value: Array | str | bytes) -> Recorded:
    if isinstance(value, bytes):
        return record_bytes(value)
    if isinstance(value, str):
        return record_text(value)
    return record_array(value, text="RGB" if step == "decoded" else None)


def write_trace(
    folder: Path,
    images: Mapping[str, Rungs],
    *,
    failures: Mapping[str, str] | None = None,
    with_pixels: bool = False,
    entry: str = "received",
) -> Trace:
    """A trace of ``images``; those in ``failures`` carry that message."""
    header = TraceHeader(
        target=folder.name, receipt="r", created="2026-01-01T00:00:00+00:00", entry=entry
    )
    with TraceWriter(folder, header, keep=FLOATS | HASHED if with_pixels else FLOATS) as writer:
        for name, rungs in images.items():
            writer.add(name, rungs, failure=(failures or {}).get(name))
    return Trace.open(folder)


def noise_floor(allowed: float = 1e-3) -> NoiseFloor:
    """The same allowance on every float rung."""
    return NoiseFloor(
        rungs={
            step.name: RungNoise(
                own_error=allowed / 8, since=dict.fromkeys(starts_of(step.name), allowed)
            )
            for step in FLOAT_STEPS
        }
    )
