"""Mixing: every channel becomes a weighted sum of red, green and blue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.image.colour_space import LINEAR
from ml_ci.parity.faults.luma import BT601, BT709, BT2020, Weights, between
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Pixels, Retouch, Touch, of_one_size
from ml_ci.steps import IMAGE

Change = Callable[[Pixels], Pixels]

_SAMPLED = 40_000  # pixels a fit is made of: beyond that only its time grows
_NEAR = 0.004  # of a weight: a tenth of what one level in 255 can show
_GREYS: Mapping[str, Weights] = {
    "BT.601": BT601,
    "BT.709": BT709,
    "BT.2020": BT2020,
    "the mean": (1 / 3, 1 / 3, 1 / 3),
    "BT.601 with red and blue exchanged": (BT601[2], BT601[1], BT601[0]),
}
_CHANNELS: Mapping[str, Weights] = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}
_MATRICES = {
    "BT.709 instead of BT.601": between(BT601, BT709),
    "BT.601 instead of BT.709": between(BT709, BT601),
}


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Target = matrix · (R, G, B) + offset, by least squares."""

    matrix: NDArray[np.float64]
    """(3, 3), a row per channel of the target."""
    offset: NDArray[np.float64]

    def is_near(self, matrix: object, offset: object = 0.0) -> bool:
        """But for what rounding hides."""
        near = np.abs(self.matrix - np.asarray(matrix)).max() < _NEAR
        return bool(near and np.abs(self.offset - np.asarray(offset)).max() < 1.0)

    @property
    def is_grey(self) -> bool:
        """All channels are the same sum."""
        return bool(np.ptp(self.matrix, axis=0).max() < _NEAR and np.ptp(self.offset) < 1.0)


def mix_of(pairs: Sequence[Pair]) -> Mix | None:
    """None where pictures have other sizes, or too few colours to tell."""
    if not pairs or not of_one_size(pairs):
        return None
    ours, theirs = (
        np.concatenate([pair[at].reshape(-1, 3) for pair in pairs]).astype(np.float64)
        for at in (0, 1)
    )
    whole = ((theirs > 0) & (theirs < 255)).all(axis=1)  # what was cut off says nothing
    ours, theirs = ours[whole], theirs[whole]
    every = len(ours) // _SAMPLED + 1
    given = np.column_stack([ours[::every], np.ones(len(ours[::every]))])  # (n, 4)
    if len(given) < 8:
        return None
    found, _, rank, _ = np.linalg.lstsq(given, theirs[::every], rcond=None)
    return (
        Mix(matrix=found[:3].T.astype(np.float64), offset=found[3].astype(np.float64))
        if rank == 4
        else None
    )


@dataclass(frozen=True, kw_only=True)
class Grey(Retouch):
    """Every channel the same weighted sum."""

    names: Mapping[str, Weights]
    said: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The weights of red and green; blue has the rest."""
        if self.names is _CHANNELS:
            return ()
        return tuple(
            Parameter(name=name, low=0.0, high=1.0, whole=False) for name in ("red", "green")
        )

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """Those with a name, but the weights that a reference of one channel has itself."""
        own = BT601 if reference.settings.channels == 1 else None
        return [self._touch(name, of) for name, of in self.names.items() if of != own]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """The weights by least squares, with their name if they have one."""
        del reference
        mix = mix_of(pairs)
        if mix is None or not mix.is_grey or np.abs(mix.offset).max() >= 1.0:
            return []
        mean = mix.matrix.mean(axis=0)
        for name, weights in self.names.items():
            if np.abs(mean - weights).max() < _NEAR:
                return [self._touch(name, weights)]
        named = any(np.abs(mean - np.array(one)).max() < _NEAR for one in _CHANNELS.values())
        if self.names is _CHANNELS or named:
            return []
        red, green, blue = (round(float(weight), 4) for weight in mean)
        return [self._touch("", (red, green, blue))]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """These weights of red and green."""
        del reference
        red, green = (float(value) for value in values[:2])
        return self.variant(self._touch("", (red, green, 1 - red - green)))

    def _touch(self, name: str, weights: Weights) -> Touch:
        words = name or ", ".join(f"{weight:.3g}" for weight in weights) + " of R, G, B"
        return Touch(
            parameters={"weights": name or weights},
            said=self.said.format(words),
            change=_mixing(np.array([weights] * 3), np.zeros(3)),
            grain=0.0 if self.names is _CHANNELS else 1.0,
        )


@dataclass(frozen=True, kw_only=True)
class Saturation(Retouch):
    """Colours nearer to grey, or further from it, by a factor."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The factor; 1 changes nothing, 0 gives grey."""
        return (Parameter(name="factor", low=0.0, high=4.0, whole=False),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """Half, and half as much again."""
        del reference
        return [self._touch(0.5), self._touch(1.5)]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Least squares: target − grey = factor · (ours − grey)."""
        del reference
        mix = mix_of(pairs)
        if mix is None or mix.is_grey:
            return []
        away = np.eye(3) - np.array([BT601] * 3)
        factor = float((away * (mix.matrix - np.array([BT601] * 3))).sum() / (away**2).sum())
        if not mix.is_near(_saturating(factor)) or abs(factor - 1) < 2 * _NEAR:
            return []
        tidy = [one for one in (round(factor, 1), round(factor, 2)) if abs(one - factor) < _NEAR]
        return [self._touch((*tidy, factor)[0])]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This factor."""
        del reference
        return None if values[0] == 1.0 else self.variant(self._touch(float(values[0])))

    def _touch(self, factor: float) -> Touch:
        return Touch(
            parameters={"factor": factor},
            said=f"the saturation of colours is multiplied by {factor:.3g}",
            change=_mixing(_saturating(factor), np.zeros(3)),
            grain=1.0,
        )


@dataclass(frozen=True, kw_only=True)
class ColourMatrix(Retouch):
    """Any other weighted sums."""

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """YUV with the matrix of another standard."""
        del reference
        return [self._touch(name, matrix, np.zeros(3)) for name, matrix in _MATRICES.items()]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Least squares, where no simpler fault says the same."""
        del reference
        mix = mix_of(pairs)
        if mix is None or mix.is_grey or _is_simpler(mix):
            return []
        for name, matrix in _MATRICES.items():
            if mix.is_near(matrix):
                return [self._touch(name, matrix, np.zeros(3))]
        return [self._touch("", mix.matrix, mix.offset)]

    def _touch(self, name: str, matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> Touch:
        numbers = tuple(float(one) for one in np.round(matrix, 3).ravel())
        told = "; ".join(" ".join(f"{one:.3g}" for one in row) for row in matrix)
        return Touch(
            parameters={"matrix": name or numbers},
            said=f"colours are mixed by the matrix of {name}"
            if name
            else f"red, green and blue are mixed: {told}",
            change=_mixing(matrix, offset),
            grain=1.0,
        )


def _is_simpler(mix: Mix) -> bool:
    """Channels exchanged, each for itself, more or less saturated, or another colour space."""
    in_one = (np.abs(mix.matrix) > _NEAR).sum(axis=1).max() <= 1
    away = np.eye(3) - np.array([BT601] * 3)
    factor = float((away * (mix.matrix - np.array([BT601] * 3))).sum() / (away**2).sum())
    spaces = any(mix.is_near(matrix, offset) for matrix, offset in LINEAR)
    return bool(in_one) or mix.is_near(_saturating(factor)) or spaces


def _saturating(factor: float) -> NDArray[np.float64]:
    grey = np.array([BT601] * 3)
    matrix: NDArray[np.float64] = grey + factor * (np.eye(3) - grey)
    return matrix


def _mixing(matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> Change:
    def change(picture: Pixels) -> Pixels:
        levels = picture.astype(np.float64) @ matrix.T + offset
        mixed: Pixels = np.clip(np.floor(levels + 0.5), 0, 255).astype(np.uint8)
        return mixed

    return change


_RGB = "feed all three channels, as red, green and blue"

FAULTS = (
    Grey(
        id="grey",
        step=IMAGE.name,
        title="Colour lost: grey by some weights",
        symptom="coloured pictures are answered less surely, grey ones as before",
        source="plausible",
        witness="a picture in colour",
        server=f"{_RGB}; where the model takes one channel, weigh them as ITU-R BT.601 does",
        script="set `preprocess.channels: 1` and train again",
        names=_GREYS,
        said="colours become grey, weighted by {}",
    ),
    Grey(
        id="one-channel",
        step=IMAGE.name,
        title="Grey made of one channel alone",
        symptom="coloured pictures are answered wrongly, grey ones as before",
        source="plausible",
        witness="a picture in colour",
        server=f"{_RGB}: look for `[..., 0]` or a plane taken for the whole picture",
        names=_CHANNELS,
        said="the {} channel stands for all three",
    ),
    Saturation(
        id="saturation",
        step=IMAGE.name,
        title="More or less saturated colours",
        symptom="coloured pictures are answered less surely, grey ones as before",
        source="plausible",
        witness="a picture in colour",
        server="look for an enhancement of colours or an augmentation of training that was left on",
    ),
    ColourMatrix(
        id="colour-matrix",
        step=IMAGE.name,
        title="Colours mixed by a matrix",
        symptom="coloured pictures are slightly tinted, grey ones as before",
        source="https://github.com/NVIDIA/DALI/issues/1012",
        witness="a picture in colour",
        server="look for a conversion from YUV with the matrix of another standard (JPEG is "
        "BT.601), or a colour correction",
    ),
)
