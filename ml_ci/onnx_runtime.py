"""ONNX Runtime, imported with its telemetry turned off; nothing else imports it."""

from __future__ import annotations

import os

# ONNX Runtime reads it once, when it is imported: `disable_telemetry_events()` afterwards comes
# too late, an identifier and a database lie below ~/.cache/Microsoft by then (seen with 1.31.1).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime  # type: ignore[import-untyped]

__all__ = ["onnxruntime"]
