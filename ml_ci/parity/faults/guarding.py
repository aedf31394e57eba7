"""Guarding: what a library cannot make of somebody's picture is a StepError, nothing else."""

from __future__ import annotations

import struct
from typing import Any

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.reference import Reference

_REFUSALS = (
    OSError,  # Pillow, of what it cannot read or write
    ValueError,  # ImageError is one
    IndexError,
    KeyError,
    TypeError,
    ArithmeticError,
    SyntaxError,  # Pillow, of a broken PNG
    struct.error,
)


def guarded(make: Make) -> Make:
    """``make``, whose errors say that the fault cannot be made of what is given."""

    def make_or_refuse(given: Any, reference: Reference) -> Any:
        try:
            return make(given, reference)
        except _REFUSALS as error:
            said = " ".join(str(error).split())
            raise StepError(f"the fault cannot be made of this image: {said}") from error

    return make_or_refuse
