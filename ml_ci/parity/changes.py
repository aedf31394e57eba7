"""Changes of a step that a project may expect of a target, by name.

Each maps larger values to no smaller ones, element by element. So a target whose values before the
change are within the noise of the reference's stands, after it, between the changed ends of that
range: rounding to the other side of a tie is no difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.executor import Change


def _float16(values: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(over="ignore"):  # beyond 65 504 it is infinite, there too
        return values.astype(np.float16).astype(values.dtype)


def _bfloat16(values: NDArray[Any]) -> NDArray[Any]:
    """The upper half of a float32, rounded to nearest, ties to even."""
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return rounded.astype(np.uint32).view(np.float32).astype(values.dtype)


def _whole(values: NDArray[Any]) -> NDArray[Any]:
    whole: NDArray[Any] = np.rint(values).astype(values.dtype)
    return whole


def _truncated(values: NDArray[Any]) -> NDArray[Any]:
    whole: NDArray[Any] = np.trunc(values).astype(values.dtype)
    return whole


CHANGES: dict[str, Change] = {
    "float16": _float16,
    "bfloat16": _bfloat16,
    "rounded": _whole,
    "truncated": _truncated,
}
