"""The right normalisation of other numbers: fewer bits, cut off, a gamma."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.changes import CHANGES
from ml_ci.parity.executor import Change
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import Floats, cut_off, finite, pair, polished
from ml_ci.parity.faults.normalisation import of_settings
from ml_ci.parity.faults.plain import Plain
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import TENSOR

_GAMMAS = (0.1, 10.0)
_LEVELS = 65_536  # more of them in one range are no quantisation
_STEP = 1e-4
"""Of the step of a grid: what a float32 tensor lies beside it at most."""


def _right(resized: NDArray[Any], reference: Reference) -> NDArray[Any]:
    return reference.tensor(resized)


def _tensors(evidence: Evidence, reference: Reference) -> tuple[Floats, Floats] | None:
    """The reference's and the target's (N, C, S, S)."""
    found = pair(evidence)
    return None if found is None else (reference.tensor(found[0]), found[1])


@dataclass(frozen=True, kw_only=True)
class Quantised(Described):
    """Rounded to multiples of one scale, the zero point being one; perhaps cut off."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """int8 and uint8 over what mean and std make of 0–255."""
        scale, offset = (np.asarray(one) for one in _numbers(reference))
        low, high = float(offset.min()), float((255 * scale + offset).max())
        return [
            self._variant((high - low) / 255, low, high),
            self._variant(max(-low, high) / 127, -np.inf, np.inf),
        ]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The coarsest grid that the target's numbers lie on."""
        found = _tensors(evidence, reference)
        if found is None:
            return []
        ours, theirs = found
        scale = _grid(theirs)
        if scale is None:
            return []
        least, most = float(theirs.min()), float(theirs.max())
        low = least if float(ours.min()) < least - scale / 2 else -np.inf
        high = most if float(ours.max()) > most + scale / 2 else np.inf
        return [self._variant(scale, low, high)]

    def _variant(self, scale: float, low: float, high: float) -> Variant:
        def after(values: NDArray[Any]) -> NDArray[Any]:
            on_grid: NDArray[Any] = np.rint(values / scale) * scale
            cut: NDArray[Any] = np.clip(on_grid, low, high).astype(values.dtype)
            return cut

        return Variant(
            fault=self.id,
            step=self.step,
            parameters=finite(scale=scale, lowest=low, highest=high),
            said=f"input quantised to multiples of {scale:.5g}",
            remedy=Remedy(
                server="give the network float32, not a quantised input; where the model has one, "
                "use the scale and zero point it carries",
                script="",
            ),
            make=_right,
            after=after,
        )


@dataclass(frozen=True, kw_only=True)
class Clipped(Described):
    """Cut off behind the normalisation."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ends."""
        return (
            Parameter(name="least", low=-10.0, high=1.0, whole=False),
            Parameter(name="most", low=0.0, high=10.0, whole=False),
        )

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """0–1, −1 to 1."""
        del reference
        return [self._variant(0.0, 1.0), self._variant(-1.0, 1.0)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The ends of the target's, where the reference goes beyond."""
        found = _tensors(evidence, reference)
        if found is None:
            return []
        ours, theirs = found
        low, high = cut_off(ours, theirs)
        return [self._variant(low, high)] if np.isfinite([low, high]).any() else []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Between ``values``."""
        del reference
        return self._variant(*map(float, values)) if values[0] < values[1] else None

    def _variant(self, least: float, most: float) -> Variant:
        def after(values: NDArray[Any]) -> NDArray[Any]:
            clipped: NDArray[Any] = np.clip(values, least, most).astype(values.dtype)
            return clipped

        ends = " and ".join(f"{end:.4g}" for end in (least, most) if np.isfinite(end))
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=finite(least=least, most=most),
            said=f"normalised values cut off at {ends}",
            remedy=Remedy(server="leave normalised values as they are, no `clip`", script=""),
            make=_right,
            after=after,
        )


@dataclass(frozen=True, kw_only=True)
class Gamma(Described):
    """A power of the pixels before the normalisation."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The exponent."""
        return (Parameter(name="gamma", low=_GAMMAS[0], high=_GAMMAS[1], whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """To linear light and back."""
        del reference
        return [self._variant(2.2), self._variant(1 / 2.2)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares."""
        found = pair(evidence)
        if found is None:
            return []
        resized, theirs = found
        tensor = of_settings(reference.settings)
        values = polished(lambda some: tensor(_powered(resized, float(some[0]))), [1.0], theirs)
        fitted = None if values is None else self.at(values.tolist(), reference)
        return [] if fitted is None else [fitted]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """With that exponent."""
        del reference
        gamma = float(values[0])
        within = _GAMMAS[0] <= gamma <= _GAMMAS[1] and abs(gamma - 1) > 1e-6
        return self._variant(gamma) if within else None

    def _variant(self, gamma: float) -> Variant:
        def make(resized: NDArray[Any], reference: Reference) -> NDArray[Any]:
            return reference.tensor(_powered(resized, gamma))

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"gamma": gamma},
            said=f"a gamma of {gamma:.4g}: pixels on 0–1 to that power",
            remedy=Remedy(
                server="leave the pixels in sRGB as they were decoded: no gamma, no linear light",
                script="",
            ),
            make=make,
        )


def _powered(resized: NDArray[Any], gamma: float) -> NDArray[Any]:
    """What bicubic leaves below 0 becomes 0."""
    kind = resized.dtype.type
    powered: NDArray[Any] = kind(255) * (np.maximum(resized, 0) / kind(255)) ** kind(gamma)
    return powered


def _numbers(reference: Reference) -> tuple[tuple[float, ...], tuple[float, ...]]:
    does = of_settings(reference.settings)
    return does.scale, does.offset


def _grid(values: Floats) -> float | None:
    """The step of which all are multiples; None where there is none."""
    levels = np.unique(values.astype(np.float32)).astype(np.float64)
    if not 2 < len(levels) < _LEVELS:
        return None
    gaps = np.diff(levels)
    step = float(gaps[gaps > 1e-6 * np.abs(levels).max()].min(initial=np.inf))
    if not np.isfinite(step):
        return None
    for _ in range(3):  # the smallest gap is rounded; the whole range tells the step better
        places = np.rint(levels / step)
        if not places.any():
            return None
        step = float((levels * places).sum() / (places**2).sum())
    on_grid = np.abs(levels / step - np.rint(levels / step)).max() < max(
        _STEP, 2.0**-22 * np.abs(levels / step).max()
    )
    return step if on_grid else None


def _type(name: str, change: Change) -> Plain:
    return Plain(
        id=f"tensor-{name}",
        step=TENSOR.name,
        title=f"Input in {name}",
        symptom="logits off in the third or fourth digit, labels the same",
        source="plausible",
        witness="any picture",
        said=f"input turned to {name}",
        server=f"give the network float32: no cast to {name}, or only behind this check",
        making=_right,
        after=change,
    )


FAULTS = (
    _type("float16", CHANGES["float16"]),
    _type("bfloat16", CHANGES["bfloat16"]),
    Quantised(
        id="tensor-quantised",
        step=TENSOR.name,
        title="Quantised input",
        symptom="logits off by a percent or so, labels of unsure pictures flip",
        source="plausible",
        witness="any picture with smooth colours",
    ),
    Clipped(
        id="tensor-clipped",
        step=TENSOR.name,
        title="Normalised values cut off",
        symptom="light and dark areas lose what is in them",
        source="plausible",
        witness="a picture with black and white in it",
    ),
    Gamma(
        id="tensor-gamma",
        step=TENSOR.name,
        title="A gamma",
        symptom="pictures too dark or too light in the middle tones",
        source="plausible",
        witness="any picture with middle tones",
    ),
)
