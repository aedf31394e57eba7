"""A tensor of a model file: its numbers, and how they were stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """What a network multiplies with or adds."""

    values: Values
    """float32 or float64, whatever they were stored as."""
    stored: str
    """`float32`, `bfloat16`, `int8`…; of the last, ``values`` are what they stand for."""


Tensors = Mapping[str, Tensor]
"""By name in the file."""
