"""Names of the gate's conditions, and other words, that more than one module has to know."""

from __future__ import annotations

from ml_ci.artifacts import paths

GOLDEN_ANSWERS = "golden answers"
GOLDEN_SET = "golden set"
AGAINST_BASE = "accuracy against the base"
DVC_LOCK = str(paths.LOCK)
THRESHOLDS = ("accuracy", "macro F1", "expected calibration error")
WARNING = "only a warning: "
"""How the sentence of a condition begins that would close the gate if params.yaml asked for it."""


def parity_name(target: str) -> str:
    """What the condition about one target is called."""
    return f"parity of {target}"
