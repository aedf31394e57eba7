"""Augmentation: random changes of the network's inputs while training, and only there.

It is a plain object, not a torch module, so it can be no part of a network, a classifier or an
exported graph; only training.py imports it (a test says so).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from ml_ci.params.train import Augmentation


class Augmenter:
    """Turns, moves and scales each picture of a batch by its own random amount."""

    def __init__(self, settings: Augmentation, seed: int) -> None:
        self._settings = settings
        # On the CPU whatever the device: the same seed gives the same changes everywhere
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, tensor: Tensor) -> Tensor:
        """N×C×S×S → N×C×S×S. What comes in from outside repeats the nearest edge pixel."""
        matrices = self._matrices(tensor.shape).to(tensor.device)  # (N, 2, 3)
        grid = functional.affine_grid(matrices, list(tensor.shape), align_corners=False)
        # Edge pixels and not a colour: photographs have no background to continue with
        return functional.grid_sample(
            tensor, grid, mode="bilinear", padding_mode="border", align_corners=False
        )

    def _matrices(self, shape: torch.Size) -> Tensor:
        """Output → input in coordinates of −1…1, so a shift of one side is 2: (N, 2, 3)."""
        count, _, height, width = shape
        angle = self._uniform(count) * math.radians(self._settings.rotate_degrees)  # (N,)
        scale = 1 / (1 + self._uniform(count) * self._settings.scale)  # (N,)
        shift_x = self._uniform(count) * 2 * self._settings.shift  # (N,)
        shift_y = self._uniform(count) * 2 * self._settings.shift  # (N,)
        cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
        # On a canvas that is not square, −1…1 is longer on one side: undo it around the rotation
        aspect = height / width
        across = torch.stack([cosine, -sine * aspect, shift_x], dim=1)
        down = torch.stack([sine / aspect, cosine, shift_y], dim=1)
        return torch.stack([across, down], dim=1)

    def _uniform(self, count: int) -> Tensor:
        """Between −1 and 1, (N,)."""
        return 2 * torch.rand(count, generator=self._generator) - 1
