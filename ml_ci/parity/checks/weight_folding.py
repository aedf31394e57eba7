"""Folding: a batch normalisation that one file holds apart and the other multiplied into a kernel.

Exporters do it: kernel × γ / √(variance + ε), bias β − mean × γ / √(variance + ε). It is believed
only where the numbers say so, for one ε over all channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.tensors import Tensor, Values
from ml_ci.parity.checks.weight_matching import Matching
from ml_ci.parity.checks.weight_relation import scale_of

Numbers = NDArray[np.float64]
# What PyTorch and what Keras call γ, β, mean and variance
NAMES = (
    ("weight", "bias", "running_mean", "running_var"),
    ("gamma", "beta", "moving_mean", "moving_variance"),
)
_EXACT = 1e-4  # of the largest magnitude: float32, after a square root and a division
_UNCHANGED = 1e-6  # a factor this close to 1 is rounding
_MOST_EPSILON = 0.1  # usual is 1e-5 to 1e-3


@dataclass(frozen=True, kw_only=True)
class Folded:
    """One kernel."""

    kernel: str
    """The reference's name."""
    bias: str | None
    """The reference's name of a bias that the kernel had before, and has otherwise now."""
    norm: str
    """Name of the normalisation, without `.weight`."""
    epsilon: float


@dataclass(frozen=True, kw_only=True)
class _Norm:
    name: str
    tensors: tuple[str, ...]
    gamma: Numbers
    beta: Numbers
    mean: Numbers
    variance: Numbers

    def epsilon(self, scale: Numbers) -> float | None:
        """The ε that makes ``scale`` of this normalisation; None when there is none."""
        known = np.isfinite(scale)
        used = known & (self.gamma != 0) & (scale != 0)
        if not used.any():
            return None
        epsilon = float(np.median((self.gamma[used] / scale[used]) ** 2 - self.variance[used]))
        if not 0 <= epsilon <= _MOST_EPSILON:
            return None
        return epsilon if _same(self.scale(epsilon)[known], scale[known]) else None

    def scale(self, epsilon: float) -> Numbers:
        """What a kernel's channels are multiplied by."""
        return self.gamma / np.sqrt(np.maximum(self.variance + epsilon, 1e-30))

    def bias(self, epsilon: float, before: Numbers | float) -> Numbers:
        """What is added behind the kernel when ``before`` was added in front of this."""
        return self.beta + (before - self.mean) * self.scale(epsilon)


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The side that holds normalisations apart, and the other."""

    apart: dict[str, Tensor]
    """What has no counterpart yet."""
    merged: dict[str, Tensor]
    pairs: Sequence[tuple[str, Numbers, Numbers]]
    """The reference's name, and the numbers of both sides, of vectors that have one."""

    def fold(self, kernel: str, scale: Numbers) -> Folded | None:
        """The normalisation that gives ``scale``, one that explains a bias too before others."""
        found = []
        for norm in _norms(self.apart, len(scale)):
            epsilon = norm.epsilon(scale)
            if epsilon is not None:
                left, paired = self._left_bias(norm, epsilon), self._paired_bias(norm, epsilon)
                found.append((left is None and paired is None, epsilon, norm, left, paired))
        if not found:
            return None
        _, epsilon, norm, left, paired = min(found, key=lambda one: one[0])
        for name in norm.tensors:
            del self.apart[name]
        if left is not None:
            del self.merged[left]
        return Folded(kernel=kernel, bias=paired, norm=norm.name, epsilon=epsilon)

    def _left_bias(self, norm: _Norm, epsilon: float) -> str | None:
        expected = norm.bias(epsilon, 0.0)
        vectors = ((name, _vector(tensor)) for name, tensor in self.merged.items())
        return next((name for name, vector in vectors if _same(expected, vector)), None)

    def _paired_bias(self, norm: _Norm, epsilon: float) -> str | None:
        fitting = (pair for pair in self.pairs if pair[1].shape == norm.beta.shape)
        return next(
            (name for name, one, other in fitting if _same(norm.bias(epsilon, one), other)), None
        )


def fold(matching: Matching) -> list[Folded]:
    """Every kernel with a folded normalisation; its tensors are left over no longer."""
    vectors = [
        (pair.name, _vector(pair.ours), _vector(pair.theirs))
        for pair in matching.pairs
        if pair.ours.values.squeeze().ndim == 1
    ]
    sides = (
        _Sides(apart=matching.ours, merged=matching.theirs, pairs=vectors),
        _Sides(
            apart=matching.theirs,
            merged=matching.ours,
            pairs=[(name, other, one) for name, one, other in vectors],
        ),
    )
    found = (
        _fold_either_way(pair.name, sides, pair.ours.values, pair.theirs.values)
        for pair in matching.pairs
    )
    return [one for one in found if one is not None]


def _fold_either_way(
    kernel: str, sides: tuple[_Sides, _Sides], ours: Values, theirs: Values
) -> Folded | None:
    for side, scale in zip(sides, (scale_of(ours, theirs), scale_of(theirs, ours)), strict=True):
        if scale is not None and np.nanmax(np.abs(scale - 1)) > _UNCHANGED:
            folded = side.fold(kernel, scale)
            if folded is not None:
                return folded
    return None


def _vector(tensor: Tensor) -> Numbers:
    return tensor.values.reshape(-1).astype(np.float64)


def _norms(tensors: Mapping[str, Tensor], channels: int) -> Iterator[_Norm]:
    for words in NAMES:
        for name in tensors:
            stem = name.removesuffix(words[0])
            names = tuple(f"{stem}{word}" for word in words)
            if stem == name or not all(one in tensors for one in names):
                continue
            values = [_vector(tensors[one]) for one in names]
            if {len(one) for one in values} == {channels}:
                gamma, beta, mean, variance = values
                yield _Norm(
                    name=stem.rstrip("./"),
                    tensors=names,
                    gamma=gamma,
                    beta=beta,
                    mean=mean,
                    variance=variance,
                )


def _same(one: Numbers, other: Numbers) -> bool:
    if one.shape != other.shape:
        return False
    return bool(np.abs(one - other).max() <= _EXACT * np.abs(other).max(initial=0.0))
