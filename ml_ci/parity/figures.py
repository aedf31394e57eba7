"""Figures: how far one float array is from another, by the measures people in the field use."""

from __future__ import annotations

import numpy as np

from ml_ci.parity.recording import squeezed
from ml_ci.parity.result import Figures
from ml_ci.rung import Array

LEVELS = 255.0
"""Peak of a picture, in grey levels."""


def figures(target: Array, reference: Array, *, picture: bool) -> Figures | None:
    """The figures over all elements that are finite on both sides.

    Leading axes of length 1 are squeezed. None when nothing is finite, or the shapes differ.
    """
    recorded, should = squeezed(target), squeezed(reference)
    if recorded.shape != should.shape or not np.issubdtype(recorded.dtype, np.number):
        return None
    values, wanted = recorded.astype(np.float64), should.astype(np.float64)
    finite = np.isfinite(values) & np.isfinite(wanted)
    if not finite.any():
        return None
    actual, expected = values[finite], wanted[finite]
    difference = np.abs(actual - expected)
    nonzero = expected != 0
    spacing = np.spacing(np.abs(expected).astype(np.float32)).astype(np.float64)
    noise = float(np.sum(difference**2))
    lengths = float(np.linalg.norm(actual) * np.linalg.norm(expected))
    return Figures(
        largest=float(difference.max()),
        mean=float(difference.mean()),
        relative=_finite(np.max(difference[nonzero] / np.abs(expected[nonzero]), initial=0.0)),
        ulps=_finite(np.max(difference / spacing)),
        cosine=float(actual @ expected) / lengths if lengths > 0 else None,
        snr_db=_decibel(float(np.sum(expected**2)), noise),
        psnr_db=_decibel(LEVELS**2 * actual.size, noise) if picture else None,
    )


def _decibel(signal: float, noise: float) -> float | None:
    """None where nothing differs, or nothing is there to differ from."""
    if noise <= 0 or signal <= 0:
        return None
    return _finite(10 * np.log10(signal / noise))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
