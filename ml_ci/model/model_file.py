"""A model file from anywhere: its tensors, and what its metadata says; nothing in it is run.

ONNX and safetensors. A pickled file (``.pt``, ``.pth``, ``.bin``) is never opened, because opening
it runs what it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx.checker import ValidationError
from safetensors import SafetensorError, safe_open

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.model_facts import ModelFacts, facts_of_strings
from ml_ci.artifacts.tensors import Tensor
from ml_ci.errors import UserError
from ml_ci.model.onnx_tensors import tensors_of

_DAMAGED = (SafetensorError, DecodeError, ValidationError, ValueError, TypeError, IndexError)
FIX = "name an .onnx or .safetensors file that can be read"


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """What a file holds."""

    tensors: dict[str, Tensor]
    facts: ModelFacts


def read_model_file(path: Path) -> ModelFile:
    """Raises UserError when the file is missing, damaged, or of another kind."""
    read = _READERS.get(path.suffix.lower())
    if read is None:
        what = (
            f"a model file ends in {' or '.join(_READERS)}, this one in {path.suffix or 'nothing'}"
        )
        raise UserError(what=what, where=str(path), fix=FIX)
    try:
        tensors, metadata = read(path)
        sha256 = sha256_of_file(path)
    except (*_DAMAGED, OSError) as error:
        what = f"the model file cannot be read: {' '.join(str(error).split())[:500]}"
        raise UserError(what=what, where=str(path), fix=FIX) from error
    return ModelFile(tensors=tensors, facts=facts_of_strings(metadata | {"sha256": sha256}))


Content = tuple[dict[str, Tensor], dict[str, str]]


def _read_onnx(path: Path) -> Content:
    model = onnx.load(path, load_external_data=False)
    if not model.graph.node:
        raise ValueError("it holds no graph")
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return tensors_of(model, str(path.parent)), metadata


def _read_safetensors(path: Path) -> Content:
    with safe_open(path, framework="pt") as stream:
        tensors: dict[str, Any] = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        metadata = dict(stream.metadata() or {})
    return {
        name: Tensor(
            values=(tensor if tensor.dtype == torch.float64 else tensor.float()).numpy(),
            stored=str(tensor.dtype).removeprefix("torch."),
        )
        for name, tensor in tensors.items()
        if tensor.is_floating_point() and tensor.numel() > 1
    }, metadata


_READERS: dict[str, Callable[[Path], Content]] = {
    ".onnx": _read_onnx,
    ".safetensors": _read_safetensors,
}
