"""What the reference's network answers to synthetic tensors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ml_ci.inquiry.way import Rungs
from ml_ci.model.classifier import Ladder
from ml_ci.model.ways import recorded
from ml_ci.rung import Array
from ml_ci.steps import TENSOR


def synthetic_answers(ladder: Ladder, tensors: Mapping[str, Array]) -> dict[str, Rungs]:
    """By name of the tensor: `logits`, `probabilities` and `label`, one tensor at a time."""
    return {
        name: recorded(ladder.run(TENSOR.name, tensor[np.newaxis]), 1)[0]
        for name, tensor in tensors.items()
    }
