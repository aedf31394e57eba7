"""A network for tests: it keeps the contract of ml_ci/model/network.py, which is the user's.

Self-contained, because ``tests.builders.project`` also writes this file into the projects it makes.
"""

from __future__ import annotations

from torch import Tensor, nn


def build_network(channels: int, classes: int) -> nn.Module:
    """Two convolutions and the best place; any side from 8 on, learns stripes in a few epochs."""
    return nn.Sequential(
        nn.Conv2d(channels, 16, kernel_size=5, stride=2, padding=2, bias=False),
        nn.InstanceNorm2d(16, affine=True, eps=0.03),
        _Magnitude(),  # (N, 16, H/2, W/2)
        nn.Conv2d(16, 24, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        _BestPlace(),  # (N, 24)
        nn.Dropout(0.1),
        nn.Linear(24, classes),  # (N, K)
    )


class _Magnitude(nn.Module):
    """Either polarity is worth the same."""

    def forward(self, features: Tensor) -> Tensor:
        return features.abs()


class _BestPlace(nn.Module):
    """The strongest response counts."""

    def forward(self, features: Tensor) -> Tensor:
        return features.amax(dim=(2, 3))
