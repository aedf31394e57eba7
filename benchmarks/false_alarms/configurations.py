"""Configurations: other ways of computing the same, none of which is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ml_ci.steps import IMAGE, TENSOR

Runner = Literal["torch", "onnxruntime", "openvino", "onnx"]


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One way of computing, in a process of its own."""

    name: str
    group: str
    """Row of the table."""
    runner: Runner
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of the process's environment."""
    packages: tuple[str, ...] = ()
    """Installed into an environment of their own; empty: the project's environment."""
    entry: str = IMAGE.name
    """What it is given: pixels, or the reference's tensor."""
    batch: bool = False
    """All pictures at once."""
    copies: bool = False
    """Each picture as the last of several in a batch."""
    decoder: str = ""
    """Decodes by itself; empty: it is given the pixels."""
    recompressed: bool = False
    """It received a file that was compressed anew, without loss."""
    heavy: bool = False
    """Its packages weigh gigabytes: only when asked for."""
    largest_side: int = 10**6
    """Subjects with longer inputs are left out: they would take minutes."""


def _torch(name: str, variables: Mapping[str, str] | None = None, **options: Any) -> Configuration:
    return Configuration(
        name=f"torch, {name}",
        group="PyTorch",
        runner="torch",
        options=options,
        variables=variables or {},
    )


def _ort(name: str, *, group: str = "ONNX Runtime", **fields: Any) -> Configuration:
    return Configuration(name=f"onnxruntime, {name}", group=group, runner="onnxruntime", **fields)


def _level(level: str) -> Configuration:
    return _ort(level.removeprefix("ORT_").lower(), options={"level": level})


def _entry(name: str, key: str) -> Configuration:
    return _ort(name, options={"entries": {key: "1"}})


def _version(version: str, numpy: str) -> Configuration:
    return _ort(
        version,
        group="other versions",
        packages=(f"onnxruntime=={version}", numpy),
    )


_FOR_TORCH = ("numpy<2.3", "pydantic", "ruamel.yaml", "safetensors")
_INSTRUCTIONS = "instruction sets"

CONFIGURATIONS: tuple[Configuration, ...] = (
    _torch("2 threads", threads=2),
    _torch("4 threads", threads=4),
    _torch("batches of 7", batch=True),
    _torch("without oneDNN", mkldnn=False),
    _torch("channels last", way="channels_last"),
    _torch("batch normalisation fused", way="fused"),
    _torch("traced and frozen", way="traced"),
    _torch("denormals flushed", flush=True),
    _torch("float64", double=True),
    Configuration(
        name="torch, compiled",
        group="PyTorch",
        runner="torch",
        options={"way": "compiled"},
        largest_side=32,
    ),
    *(
        Configuration(
            name=f"torch, {name}={value}",
            group=_INSTRUCTIONS,
            runner="torch",
            variables={name: value},
        )
        for name, value in (
            ("ATEN_CPU_CAPABILITY", "default"),
            ("ATEN_CPU_CAPABILITY", "avx2"),
            ("ONEDNN_MAX_CPU_ISA", "SSE41"),
            ("ONEDNN_MAX_CPU_ISA", "AVX2"),
            ("MKL_CBWR", "COMPATIBLE"),
        )
    ),
    Configuration(
        name="torch, default instructions without oneDNN, 2 threads",
        group=_INSTRUCTIONS,
        runner="torch",
        options={"mkldnn": False, "threads": 2},
        variables={"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"},
    ),
    _level("ORT_DISABLE_ALL"),
    _level("ORT_ENABLE_BASIC"),
    _level("ORT_ENABLE_EXTENDED"),
    _level("ORT_ENABLE_ALL"),
    _ort("2 threads", options={"threads": 2}),
    _ort("4 threads, not optimised", options={"threads": 4, "level": "ORT_DISABLE_ALL"}),
    _ort("last of 5 in a batch", copies=True),
    _ort("one batch of tensors", entry=TENSOR.name, batch=True),
    _ort("tensors", entry=TENSOR.name),
    _ort("tensors, not optimised", entry=TENSOR.name, options={"level": "ORT_DISABLE_ALL"}),
    _entry("without prepacking", "session.disable_prepacking"),
    _entry("denormals flushed", "session.set_denormal_as_zero"),
    _ort("recompressed on the way", group="other ways in", recompressed=True),
    _ort(
        "decoded by OpenCV",
        group="other ways in",
        decoder="opencv",
        packages=("onnxruntime==1.31.1", "opencv-python-headless==5.0.0.93"),
    ),
    *(
        Configuration(
            name=f"torch {version}",
            group="other versions",
            runner="torch",
            packages=(f"torch=={version}", *_FOR_TORCH),
            heavy=True,
        )
        for version in ("2.6.0",)
    ),
    _version("1.18.1", "numpy<2"),
    _version("1.20.1", "numpy<2"),
    _version("1.22.1", "numpy"),
    _version("1.24.4", "numpy"),
    _version("1.27.0", "numpy"),
    _version("1.32.0", "numpy"),
    Configuration(
        name="openvino 2026.4, tensors",
        group="other runtimes",
        runner="openvino",
        packages=("openvino==2026.4.1",),
        entry=TENSOR.name,
    ),
    Configuration(
        name="openvino 2024.6, tensors",
        group="other runtimes",
        runner="openvino",
        packages=("openvino==2024.6.0", "numpy<2.2"),
        entry=TENSOR.name,
    ),
    Configuration(
        name="the onnx package's evaluator",
        group="other runtimes",
        runner="onnx",
        largest_side=32,
    ),
)
