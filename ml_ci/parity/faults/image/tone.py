"""Tone: levels changed by numbers that are estimated: a gamma, a scale and an offset, any curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ml_ci.parity.faults.curves import LEVELS, Observed, Table, as_table, looked_up, observed
from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.image.coarser import FAULTS as FEWER
from ml_ci.parity.faults.image.levels import has_a_name
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Retouch, Touch
from ml_ci.steps import IMAGE

_GAMMAS = (2.2, 1 / 2.2, 2.4, 1 / 2.4, 1.8, 1 / 1.8, 2.0, 0.5)
_GAMMA_RANGE = (0.1, 10.0)
_ENOUGH = 20  # pixels per level that occurs: of fewer, any picture is a curve of another
_TIE = 0.5  # some round a half up, some to even
_TOLD = (0, 64, 128, 192, 255)  # levels whose values describe a curve


@dataclass(frozen=True, kw_only=True)
class Gamma(Retouch):
    """Levels raised to a power: 255 · (v / 255)^gamma."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The power."""
        low, high = _GAMMA_RANGE
        return (Parameter(name="gamma", low=low, high=high, whole=False),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """That of a screen, and what undoes it."""
        del reference
        return [self._touch(gamma) for gamma in _GAMMAS[:2]]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Least squares over all levels; a usual power, or one of few digits, where it fits."""
        del reference
        curve = observed(pairs)
        if curve is None or has_a_name(pairs):
            return []

        def far(exponent: float) -> float:
            apart = curve.means - (255 * (LEVELS / 255) ** np.exp(exponent))[:, None]
            return float((curve.counts * apart**2).sum())

        low, high = np.log(_GAMMA_RANGE)
        grid = np.linspace(low, high, 60)
        start = float(grid[np.argmin([far(exponent) for exponent in grid])])
        step = float(grid[1] - grid[0])
        found = minimize_scalar(far, bounds=(start - step, start + step), method="bounded")
        gamma = float(np.exp(found.x))
        tidy = (*_GAMMAS, round(gamma, 1), round(gamma, 2), round(gamma, 3), gamma)
        near = [one for one in tidy if one > 0 and curve.is_by(_power(one))]
        best = near[0] if near else gamma
        return [] if best == 1.0 else [self._touch(best)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This power."""
        del reference
        gamma = float(values[0])
        within = _GAMMA_RANGE[0] <= gamma <= _GAMMA_RANGE[1]
        return self.variant(self._touch(gamma)) if within and gamma != 1.0 else None

    def _touch(self, gamma: float) -> Touch:
        return Touch(
            parameters={"gamma": gamma},
            said=f"levels raised to the power {gamma:.4g}: a gamma",
            change=looked_up(_power(gamma)),
            grain=1.0,
        )


@dataclass(frozen=True, kw_only=True)
class Contrast(Retouch):
    """Levels scaled and moved: scale · v + offset, cut to 0–255; one for all channels or each."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Both."""
        return (
            Parameter(name="scale", low=0.1, high=4.0, whole=False),
            Parameter(name="offset", low=-128.0, high=128.0, whole=False),
        )

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """Brighter, darker, softer."""
        del reference
        pairs = ((1.2, 0.0), (0.8, 0.0), (1.0, 20.0), (0.8, 25.6))
        return [self._touch(np.full(3, scale), np.full(3, offset)) for scale, offset in pairs]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Least squares over the levels that were not cut off."""
        del reference
        curve = observed(pairs)
        if curve is None or has_a_name(pairs):
            return []
        lines = [_line(curve, channel) for channel in range(3)]
        if any(line is None for line in lines):
            return []
        scale, offset = (np.array([line[at] for line in lines if line]) for at in (0, 1))
        if np.ptp(scale) < 0.01 and np.ptp(offset) < 1:
            scale, offset = np.full(3, scale.mean()), np.full(3, offset.mean())
        for digits in (2, 3):
            tidy = np.round(scale, digits), np.round(offset, digits - 2)
            if curve.is_by(_lines(*tidy), _TIE):
                scale, offset = tidy
                break
        same = bool((scale == 1).all() and (offset == 0).all())
        return [] if same else [self._touch(scale, offset)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This scale and offset, of all channels."""
        del reference
        scale, offset = (float(value) for value in values)
        if (scale, offset) == (1.0, 0.0):
            return None
        return self.variant(self._touch(np.full(3, scale), np.full(3, offset)))

    def _touch(self, scale: NDArray[np.float64], offset: NDArray[np.float64]) -> Touch:
        words = {"scale": _words(scale), "offset": _words(offset)}
        return Touch(
            parameters={
                "scale": tuple(float(one) for one in scale),
                "offset": tuple(float(one) for one in offset),
            },
            said=f"levels scaled by {words['scale']} and moved by {words['offset']}",
            change=looked_up(_lines(scale, offset)),
            grain=1.0,
        )


@dataclass(frozen=True, kw_only=True)
class ToneCurve(Retouch):
    """Any other curve: read off the target, level by level."""

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """None: there is no usual one."""
        del reference
        return []

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """What became of each level, where that has no simpler name."""
        curve = observed(pairs)
        if curve is None or has_a_name(pairs):
            return []
        if curve.counts.sum() < _ENOUGH * curve.seen.sum():
            return []
        others = (*FEWER, *(fault for fault in FAULTS if fault is not self))
        simpler = [fault.estimate(pairs, reference) for fault in others]
        tables = [touch.change(_ramp())[:, 0] for touches in simpler for touch in touches]
        if any(curve.is_by(table, 1.0) for table in tables):
            return []
        return [self._touch(_filled(curve))]

    def _touch(self, table: Table) -> Touch:
        told = tuple(int(table[level].mean()) for level in _TOLD)
        return Touch(
            parameters={"levels": told},
            said="levels follow another curve: "
            + ", ".join(f"{level} → {value}" for level, value in zip(_TOLD, told, strict=True)),
            change=looked_up(table),
        )


def _power(gamma: float) -> Table:
    return as_table(255 * (LEVELS / 255) ** gamma)


def _lines(scale: NDArray[np.float64], offset: NDArray[np.float64]) -> Table:
    """(256, 3)"""
    return as_table(LEVELS[:, None] * scale + offset)


def _line(curve: Observed, channel: int) -> tuple[float, float] | None:
    """Scale and offset of a channel; None where too few levels are left to tell."""
    means = curve.means[:, channel]
    used = curve.seen[:, channel] & (means > 0.5) & (means < 254.5)
    if used.sum() < 3:
        return None
    weights = np.sqrt(curve.counts[used, channel])
    scale, offset = np.polyfit(LEVELS[used], means[used], 1, w=weights)
    return float(scale), float(offset)


def _words(values: NDArray[np.float64]) -> str:
    if np.ptp(values) == 0:
        return f"{values[0]:.4g}"
    return ", ".join(f"{value:.4g}" for value in values) + " (R, G, B)"


def _filled(curve: Observed) -> Table:
    """(256, 3), in between for levels that do not occur."""
    columns = []
    for channel in range(3):
        seen = curve.seen[:, channel]
        columns.append(np.interp(LEVELS, LEVELS[seen], curve.means[seen, channel]))
    return as_table(np.stack(columns, axis=1))


def _ramp() -> NDArray[np.uint8]:
    """Every level as a picture (256, 1, 3)."""
    return np.repeat(LEVELS.astype(np.uint8)[:, None, None], 3, axis=2)


_SERVER = "feed the levels of the file as they are: look for {} and remove it"

FAULTS: tuple[Retouch, ...] = (
    Gamma(
        id="gamma",
        step=IMAGE.name,
        title="A gamma applied",
        symptom="pictures are too dark or too light, black and white as they should be",
        source="plausible",
        witness="any picture with middle tones",
        server=_SERVER.format("a gamma correction"),
    ),
    Contrast(
        id="contrast",
        step=IMAGE.name,
        title="Brightness, contrast or white balance changed",
        symptom="pictures are too dark, too light or tinted",
        source="plausible",
        witness="any picture",
        server=_SERVER.format(
            "an adjustment of brightness, contrast or white balance, or a second scaling of levels"
        ),
    ),
    ToneCurve(
        id="tone-curve",
        step=IMAGE.name,
        title="Levels changed by another curve",
        symptom="pictures look slightly otherwise, all in the same way",
        source="plausible",
        witness="any picture",
        server=_SERVER.format("a lookup table, a camera profile or an enhancement"),
    ),
)
