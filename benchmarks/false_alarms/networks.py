"""Networks of other kinds than the project's own: what people really put into network.py."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ml_ci.model.network import build_network

Sides = tuple[int, int]
Builder = Callable[[int, int, Sides], nn.Module]
"""Channels, classes, (height, width) → a network as network.py promises it."""


def project(channels: int, classes: int, size: Sides) -> nn.Module:  # noqa: ARG001 - any size
    """The network the template ships."""
    return build_network(channels, classes)


def plain(channels: int, classes: int, size: Sides) -> nn.Module:  # noqa: ARG001
    """3×3 convolutions with batch normalisation, as VGG."""
    return nn.Sequential(
        *_convolved(channels, 16),
        *_convolved(16, 32, stride=2),
        *_convolved(32, 32),
        *_convolved(32, 64, stride=2),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


def depthwise(channels: int, classes: int, size: Sides) -> nn.Module:  # noqa: ARG001
    """Depthwise convolutions and squeeze-and-excitation, as MobileNetV3."""
    return nn.Sequential(
        *_convolved(channels, 16, stride=2, activation=nn.Hardswish()),
        _Inverted(16, 48),
        *_convolved(16, 24, stride=2, activation=nn.Hardswish()),
        _Inverted(24, 96),
        _Inverted(24, 96),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(24, classes),
    )


def attention(channels: int, classes: int, size: Sides) -> nn.Module:
    """Patches, two blocks of self-attention, their mean, as a small vision transformer."""
    patch = max(size) // 8
    return nn.Sequential(
        _Patches(channels, 48, patch, (size[0] // patch) * (size[1] // patch)),
        _Block(48, heads=4),
        _Block(48, heads=4),
        nn.LayerNorm(48),
        _Mean(),
        nn.Linear(48, classes),
    )


def residual(channels: int, classes: int, size: Sides) -> nn.Module:  # noqa: ARG001
    """Ten residual blocks and an amplified head: deep, sure of itself, logits in the hundreds."""
    return nn.Sequential(
        *_convolved(channels, 24, stride=2),
        *(_Residual(24) for _ in range(10)),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(24, classes),
        _Amplified(30.0),
    )


def dense(channels: int, classes: int, size: Sides) -> nn.Module:
    """Sums over thousands of inputs: one wide layer, then the classes."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * size[0] * size[1], 256),
        nn.ELU(),
        nn.Linear(256, classes),
    )


def modern(channels: int, classes: int, size: Sides) -> nn.Module:  # noqa: ARG001
    """7×7 depthwise, layer normalisation over channels, GELU, as ConvNeXt."""
    return nn.Sequential(
        nn.Conv2d(channels, 32, kernel_size=4, stride=4),
        _ConvNext(32),
        _ConvNext(32),
        nn.Conv2d(32, 48, kernel_size=2, stride=2),
        _ConvNext(48),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(48, classes),
    )


def _convolved(
    inputs: int, outputs: int, *, stride: int = 1, activation: nn.Module | None = None
) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        activation or nn.ReLU(),
    )


class _Inverted(nn.Module):
    """Wide, depthwise, gated per channel, narrow; added to what came in."""

    def __init__(self, channels: int, wide: int) -> None:
        super().__init__()
        self.widen = nn.Sequential(
            nn.Conv2d(channels, wide, kernel_size=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(),
            nn.Conv2d(wide, wide, kernel_size=3, padding=1, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(),
        )
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(wide, wide, kernel_size=1), nn.Sigmoid()
        )
        self.narrow = nn.Sequential(
            nn.Conv2d(wide, channels, kernel_size=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        wide = self.widen(features)
        narrow: Tensor = self.narrow(wide * self.gate(wide))
        return features + narrow


class _Patches(nn.Module):
    """N×C×H×W → N×P×D, each patch with its place."""

    def __init__(self, channels: int, width: int, side: int, patches: int) -> None:
        super().__init__()
        self.embed = nn.Conv2d(channels, width, kernel_size=side, stride=side)
        self.place = nn.Parameter(0.02 * torch.randn(1, patches, width))

    def forward(self, tensor: Tensor) -> Tensor:
        patches: Tensor = self.embed(tensor).flatten(2).transpose(1, 2)
        return patches + self.place


class _Block(nn.Module):
    """Attention and a perceptron, each after a layer normalisation and added."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.told = nn.Linear(width, width)
        self.perceptron = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        width, count = tokens.shape[2], tokens.shape[1]
        split = self.asked(self.before(tokens)).reshape(
            -1, count, 3, self.heads, width // self.heads
        )
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)  # (N, heads, P, D/heads)
        weights = (query @ key.transpose(2, 3) / (width // self.heads) ** 0.5).softmax(dim=3)
        attended = (weights @ value).transpose(1, 2).reshape(-1, count, width)
        tokens = tokens + self.told(attended)
        perceived: Tensor = self.perceptron(tokens)
        return tokens + perceived


class _Mean(nn.Module):
    def forward(self, tokens: Tensor) -> Tensor:
        return tokens.mean(dim=1)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Sequential(*_convolved(channels, channels))
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(features + self.second(self.first(features)))


class _Amplified(nn.Module):
    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, logits: Tensor) -> Tensor:
        # Afterwards only: with such logits it would learn nothing
        return logits if self.training else logits * self.gain


class _ConvNext(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(channels, channels, kernel_size=7, padding=3, groups=channels)
        self.mixed = nn.Sequential(
            nn.LayerNorm(channels, eps=1e-6),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        mixed: Tensor = self.mixed(self.spread(features).permute(0, 2, 3, 1))
        return features + mixed.permute(0, 3, 1, 2)
