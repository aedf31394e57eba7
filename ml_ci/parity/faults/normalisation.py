"""A normalisation as one parametric definition: a scale and an offset for every channel.

``tensor[c] = scale[c] × resized[order[c]] + offset[c]``. The faults of `tensor` that are of this
form are named in ``ml_ci.parity.faults.named_normalisations``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fitting import Floats, listed

_SAME = 2e-6
"""Of the largest value that either gives: nearer than this, two normalisations are one. Estimates
from float32 tensors are good to 1e-7."""


@dataclass(frozen=True, kw_only=True)
class Normalisation:
    """What becomes of grey levels 0–255."""

    order: tuple[int, ...]
    """Which channel of `resized` each channel is made of."""
    scale: tuple[float, ...]
    offset: tuple[float, ...]

    def __call__(self, resized: NDArray[Any]) -> NDArray[Any]:
        """(N, C, S, S) → (N, C, S, S). Raises StepError for another number of channels."""
        if resized.ndim != 4 or resized.shape[1] != len(self.order):
            raise StepError(f"a normalisation of {len(self.order)} channels cannot be applied")
        scale, offset = (
            np.asarray(one, resized.dtype)[:, None, None] for one in (self.scale, self.offset)
        )
        made: NDArray[Any] = resized[:, list(self.order)] * scale + offset
        return made

    def same(self, other: Normalisation) -> bool:
        """Whether both make the same of 0–255, but for the noise of an estimate."""
        if self.order != other.order:
            return False
        mine, theirs = self._ends(), other._ends()
        largest = max(np.abs(mine).max(), np.abs(theirs).max())
        return bool(np.abs(mine - theirs).max() <= _SAME * largest)

    def then(self, scale: Sequence[float], offset: Sequence[float]) -> Normalisation:
        """Scale and offset, by channel, of what this one gives."""
        return Normalisation(
            order=self.order,
            scale=tuple(one * by for one, by in zip(self.scale, scale, strict=True)),
            offset=tuple(
                one * by + more for one, by, more in zip(self.offset, scale, offset, strict=True)
            ),
        )

    def inverted(self) -> Normalisation:
        """This one of 255 − pixel."""
        ends = zip(self.scale, self.offset, strict=True)
        return Normalisation(
            order=self.order,
            scale=tuple(-scale for scale in self.scale),
            offset=tuple(offset + 255 * scale for scale, offset in ends),
        )

    @property
    def mean_std(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """For params.yaml; None where it has no such."""
        if self.order != tuple(range(len(self.order))) or min(self.scale) <= 0:
            return None
        std = tuple(1 / (255 * scale) for scale in self.scale)
        return tuple(-off * one + 0.0 for off, one in zip(self.offset, std, strict=True)), std

    @property
    def script(self) -> str:
        """What to write here to follow it."""
        known = self.mean_std
        if known is None:
            return ""
        mean, std = known
        return (
            f"set `preprocess.mean: {listed(mean)}` and `preprocess.std: {listed(std)}` in "
            "params.yaml and train again"
        )

    def _ends(self) -> Floats:
        scale, offset = np.asarray(self.scale), np.asarray(self.offset)
        return np.stack([offset, 255 * scale + offset])


def usual(
    mean: Sequence[float],
    std: Sequence[float],
    *,
    divisor: float = 255.0,
    order: tuple[int, ...] | None = None,
) -> Normalisation:
    """(resized ÷ divisor − mean) ÷ std."""
    return Normalisation(
        order=tuple(range(len(mean))) if order is None else order,
        scale=tuple(1 / (divisor * one) for one in std),
        offset=tuple(-middle / one for middle, one in zip(mean, std, strict=True)),
    )


def of_settings(settings: PreprocessSettings) -> Normalisation:
    """The reference's."""
    return usual(settings.mean, settings.std)


def estimated(resized: Floats, tensor: Floats) -> Normalisation | None:
    """The one that comes nearest to (N, C, S, S) → (N, C, S, S), by least squares; None where a
    channel does not vary."""
    order, scale, offset = [], [], []
    channels = [resized[:, channel].ravel() for channel in range(resized.shape[1])]
    if any(channel.std() < 1e-3 for channel in channels):  # grey levels: noise, not a picture
        return None
    for at in range(tensor.shape[1]):
        fits = [_line(channel, tensor[:, at].ravel()) for channel in channels]
        best = min(range(len(fits)), key=lambda place: (fits[place][2], place))
        if at < len(fits) and fits[at][2] <= fits[best][2] * (1 + 1e-9) + 1e-12:
            best = at
        order.append(best)
        scale.append(fits[best][0])
        offset.append(fits[best][1])
    return Normalisation(order=tuple(order), scale=tuple(scale), offset=tuple(offset))


def _line(given: Floats, made: Floats) -> tuple[float, float, float]:
    """(slope, offset, mean squared distance)."""
    middle, target = given.mean(), made.mean()
    slope = float(((given - middle) * (made - target)).mean() / given.var())
    offset = float(target - slope * middle)
    return slope, offset, float(((slope * given + offset - made) ** 2).mean())
