"""Names of the gate's conditions that more than one module has to know."""

from __future__ import annotations

GOLDEN_ANSWERS = "golden answers"
GOLDEN_SET = "golden set"
AGAINST_BASE = "accuracy against the base"


def parity_name(target: str) -> str:
    """What the condition about one target is called."""
    return f"parity of {target}"
