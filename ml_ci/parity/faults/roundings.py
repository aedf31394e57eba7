"""Roundings of scores: how they are recognised in what a target answered, and made again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.executor import Change
from ml_ci.parity.faults.fitting import Floats

MOST_DIGITS = 6
"""float32 has seven: more than that is no rounding."""
_FLOAT32 = 2.0**-22
"""Relative: what a number that was rounded is off by when it is written as float32."""
_LEVELS = 1024


def digits(decimals: int) -> Change:
    """Rounded to that many digits behind the point."""

    def change(values: NDArray[Any]) -> NDArray[Any]:
        return np.round(values, decimals)

    return change


def truncated(decimals: int) -> Change:
    """Cut off behind that many digits."""

    def change(values: NDArray[Any]) -> NDArray[Any]:
        scale = 10.0**decimals
        cut: NDArray[Any] = (np.trunc(values * scale) / scale).astype(values.dtype)
        return cut

    return change


def levels(count: int) -> Change:
    """Rounded to multiples of 1 ÷ ``count``."""

    def change(values: NDArray[Any]) -> NDArray[Any]:
        whole: NDArray[Any] = (np.rint(values * count) / count).astype(values.dtype)
        return whole

    return change


def digits_of(made: Floats) -> int | None:
    """To how many digits everything in it is rounded; None: to none of up to ``MOST_DIGITS``."""
    for decimals in range(MOST_DIGITS + 1):
        if _whole(made * 10.0**decimals):
            return decimals
    return None


def levels_of(made: Floats) -> int | None:
    """Of which 1 ÷ n everything in it is a multiple; None where n is beyond 1024, or is that of a
    rounding to digits."""
    if np.abs(made).max(initial=0.0) > 1:
        return None
    found = next((count for count in range(2, _LEVELS + 1) if _whole(made * count)), None)
    return None if found in (10, 100, 1000) else found


def _whole(values: Floats) -> bool:
    allowed = _FLOAT32 * np.maximum(np.abs(values), 1.0)
    return bool((np.abs(values - np.rint(values)) <= allowed).all())
