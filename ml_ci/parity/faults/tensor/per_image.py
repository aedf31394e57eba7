"""A normalisation by what each image has: its mean and std, its smallest and largest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Described, Remedy, Value, Variant
from ml_ci.parity.faults.normalisation import of_settings
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import TENSOR

Floats = NDArray[Any]
Over = Callable[[Floats, tuple[int, ...]], Floats]
"""(N, C, S, S) and the axes that one picture or channel extends over → grey levels anew, 0–255, or
what enters the network."""
_AXES = {"image": (1, 2, 3), "channel": (2, 3)}


@dataclass(frozen=True, kw_only=True)
class _Way:
    said: str
    over: Over
    normalised: bool
    """Whether the reference's mean and std follow."""


def _divided(values: Floats, by: Floats) -> Floats:
    """0 where ``by`` is: a picture of one colour."""
    made: Floats = values / np.where(by > 0, by, 1)
    return made


def _standardised(images: Floats, axes: tuple[int, ...]) -> Floats:
    mean = images.mean(axis=axes, keepdims=True)
    return _divided(images - mean, images.std(axis=axes, keepdims=True))


def _standardised_n1(images: Floats, axes: tuple[int, ...]) -> Floats:
    """As torch's ``std`` does, with n − 1."""
    mean = images.mean(axis=axes, keepdims=True)
    return _divided(images - mean, images.std(axis=axes, keepdims=True, ddof=1))


def _stretched(images: Floats, axes: tuple[int, ...]) -> Floats:
    low = images.min(axis=axes, keepdims=True)
    return _divided(images - low, images.max(axis=axes, keepdims=True) - low)


def _over_largest(images: Floats, axes: tuple[int, ...]) -> Floats:
    return _divided(images, images.max(axis=axes, keepdims=True))


def _centred(images: Floats, axes: tuple[int, ...]) -> Floats:
    centred: Floats = (images - images.mean(axis=axes, keepdims=True)) / 255
    return centred


@dataclass(frozen=True, kw_only=True)
class PerImage(Described):
    """Every way of it, over the whole image and channel by channel."""

    ways: tuple[_Way, ...]

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """All; for a grey model image and channel are one."""
        scopes = ["image"] if reference.settings.channels == 1 else list(_AXES)
        return [self._variant(way, scope) for way in self.ways for scope in scopes]

    def _variant(self, way: _Way, scope: str) -> Variant:
        def make(resized: Floats, reference: Reference) -> Floats:
            made: Floats = way.over(resized, _AXES[scope]).astype(resized.dtype)
            if way.normalised:
                made = of_settings(reference.settings)(made * 255)
            return made

        parameters: dict[str, Value] = {"over": scope, "how": way.said}
        then = ", then mean and std" if way.normalised else ""
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=f"{way.said} of each {scope}{then}",
            remedy=Remedy(
                server="divide by 255, subtract this model's mean, divide by its std: the same "
                "numbers for every picture",
                script="",
            ),
            make=make,
        )


def _both(said: str, over: Over) -> tuple[_Way, ...]:
    return tuple(_Way(said=said, over=over, normalised=then) for then in (False, True))


def _minus_one_to_one(images: Floats, axes: tuple[int, ...]) -> Floats:
    return 2 * _stretched(images, axes) - 1


_WITNESS = "pictures of different brightness and contrast"
FAULTS = (
    PerImage(
        id="standardised-per-image",
        step=TENSOR.name,
        title="Standardised by each image's own mean and std",
        symptom="pale pictures gain contrast; answers depend less on the light",
        source="plausible",
        witness=_WITNESS,
        ways=(
            _Way(said="standardised by mean and std", over=_standardised, normalised=False),
            _Way(
                said="standardised by mean and std (n − 1)",
                over=_standardised_n1,
                normalised=False,
            ),
        ),
    ),
    PerImage(
        id="stretched-per-image",
        step=TENSOR.name,
        title="Stretched from each image's smallest to its largest value",
        symptom="pale pictures gain contrast, others stay as they are",
        source="plausible",
        witness="a picture without black or without white",
        ways=(
            *_both("stretched to the smallest and largest", _stretched),
            _Way(
                said="stretched to −1 and 1 by the smallest and largest",
                over=_minus_one_to_one,
                normalised=False,
            ),
        ),
    ),
    PerImage(
        id="divided-by-largest",
        step=TENSOR.name,
        title="Divided by each image's largest value",
        symptom="dark pictures become light",
        source="plausible",
        witness="a picture without white",
        ways=_both("divided by the largest", _over_largest),
    ),
    PerImage(
        id="mean-of-each-image",
        step=TENSOR.name,
        title="Each image's own mean subtracted",
        symptom="answers do not depend on brightness",
        source="plausible",
        witness=_WITNESS,
        ways=(_Way(said="÷255, less the mean", over=_centred, normalised=False),),
    ),
)
