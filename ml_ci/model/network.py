"""The network: yours to replace.

The contract, all that the rest of ml-ci relies on:

- ``build_network(channels, classes)`` returns a ``torch.nn.Module`` with random initial weights,
  drawn from torch's global generator (the caller seeds it);
- it takes ``tensor``, float32 N×C×S×S as params.yaml's `preprocess` section makes it, any N ≥ 1;
- it returns ``logits``, float32 N×K, before softmax;
- in ``eval()`` the answer for one image depends on that image alone, and ``torch.onnx.export``
  understands the module;
- it also computes in float64 after ``.double()``: make new tensors with the dtype of the input.
"""

from __future__ import annotations

from torch import Tensor, nn


def build_network(channels: int, classes: int) -> nn.Module:
    """Edges whatever their polarity, three convolutions, the best place: 44 000 numbers."""
    return nn.Sequential(
        nn.Conv2d(channels, 16, kernel_size=5, stride=2, padding=2, bias=False),
        # Per picture, as contrast differs; eps keeps noise on a blank picture from being blown up
        nn.InstanceNorm2d(16, affine=True, eps=0.03),
        _Magnitude(),  # (N, 16, S/2, S/2)
        *_block(16, 24),
        nn.MaxPool2d(2, ceil_mode=True),  # (N, 24, S/4, S/4); ceil: a side of 1 stays 1
        *_block(24, 48),
        nn.MaxPool2d(2, ceil_mode=True),  # (N, 48, S/8, S/8)
        *_block(48, 64),
        _BestPlace(),  # (N, 64): any side works
        nn.Dropout(0.1),
        nn.Linear(64, classes),  # (N, K)
    )


def _block(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class _Magnitude(nn.Module):
    """Light ink on dark paper is worth as much as dark on light."""

    def forward(self, features: Tensor) -> Tensor:
        return features.abs()


class _BestPlace(nn.Module):
    """A picture's digit may lie anywhere: the strongest response counts."""

    def forward(self, features: Tensor) -> Tensor:
        return features.amax(dim=(2, 3))
