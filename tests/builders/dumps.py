"""Dumps as a device would write them, with nothing but ``np.save``."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ml_ci.targets.dump import DumpResult, Golden, read_dump
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace

CLASS_NAMES = ("cat", "dog")
GOLDEN = ("a.png", "b.jpg")
HEADER = TraceHeader(target="phone", receipt="r" * 64, created="2026-01-02T00:00:00+00:00")
TENSOR = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 2, 2)
RUNGS: dict[str, np.ndarray[Any, Any]] = {
    "decoded": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
    "image": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
    "resized": np.full((3, 2, 2), 100, np.float32),
    "tensor": TENSOR,
    "logits": np.asarray([2, -1], np.float32),
    "probabilities": np.asarray([0.95, 0.05], np.float32),
}


def save_all(folder: Path, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Path:
    """``<name>.npy`` for every array; the folder."""
    for name, array in arrays.items():
        path = folder / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, array, allow_pickle=True)
    return folder


def write_whole_dump(folder: Path) -> Path:
    """Both golden images on every rung that is an array, and their labels."""
    for image in GOLDEN:
        save_all(folder, {f"{image}.{step}": array for step, array in RUNGS.items()})
        (folder / f"{image}.label.txt").write_text("cat\n", encoding="utf-8")
    return folder


def npy(array: np.ndarray[Any, Any]) -> bytes:
    """What np.save writes."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def npy_of_header(header: str, content: bytes = b"", version: int = 1) -> bytes:
    """An .npy with a header of any kind."""
    encoded = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(encoded))
    return b"\x93NUMPY" + bytes([version, 0]) + length + encoded + content


def read(
    folder: Path,
    golden: tuple[str, ...] = GOLDEN,
    *,
    reference: Trace | None = None,
) -> tuple[DumpResult, Trace]:
    """What is made of a dump, with the trace beside its folder."""
    out = folder.parent / f"{folder.name}-trace"
    names = Golden(images=golden, class_names=CLASS_NAMES)
    return read_dump(folder, out, HEADER, names, reference), Trace.open(out)
