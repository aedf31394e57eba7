"""ONNX Runtime, imported with its telemetry turned off; nothing else imports it."""

from __future__ import annotations

from ml_ci.environment import turn_off_telemetry

turn_off_telemetry()  # has to come before the import, see there

import onnxruntime  # type: ignore[import-untyped]  # noqa: E402

__all__ = ["onnxruntime"]
