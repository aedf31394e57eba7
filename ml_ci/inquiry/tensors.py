"""Synthetic tensors: network inputs that no picture and no preprocessing has a part in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SEED = 20_261_121
# What a normalised picture holds, roughly
_LOW, _HIGH = -2.0, 2.0


def synthetic_tensors(shape: tuple[int, ...], *, uniform: int) -> dict[str, NDArray[np.float32]]:
    """float32 tensors of ``shape`` (C×S×S) by name, the same on every machine."""
    random = np.random.default_rng(SEED)
    return {
        "ones": np.ones(shape, np.float32),
        "zeros": np.zeros(shape, np.float32),
        **{
            f"uniform {number}": random.uniform(_LOW, _HIGH, shape).astype(np.float32)
            for number in range(1, uniform + 1)
        },
    }
