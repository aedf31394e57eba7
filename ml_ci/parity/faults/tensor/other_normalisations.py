"""Divisors, means and stds that have no name: they are estimated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Value, Variant
from ml_ci.parity.faults.fitting import listed, pair
from ml_ci.parity.faults.named_normalisations import Making, named, variant_of
from ml_ci.parity.faults.normalisation import Normalisation, estimated, of_settings, usual
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import TENSOR

_DIVISORS = (0.5, 70_000.0)
_MEANS = (-1.0, 2.0)
_STDS = (0.02, 5.0)
_LETTERS = "rgb"


@dataclass(frozen=True, kw_only=True)
class OtherDivisor(Described):
    """Mean and std are right; what the pixels are divided by is not 255."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The divisor."""
        return (Parameter(name="divisor", low=_DIVISORS[0], high=_DIVISORS[1], whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Those near to 255 or to half of it."""
        return [
            variant_of(self.id, one.does, dict(one.parameters), one.said, one.server)
            for one in named(reference.settings)
            if one.fault == self.id
        ]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """From the scales, which must agree on one divisor."""
        usual_ones = list(self.variants(reference))
        found = _estimate(evidence)
        if found is None or _known(found, reference) or min(found.scale) <= 0:
            return usual_ones
        stds = reference.settings.std
        divisors = [1 / (one * std) for one, std in zip(found.scale, stds, strict=True)]
        fitted = self.at([sum(divisors) / len(divisors)], reference)
        return [*usual_ones, fitted] if fitted is not None and _does(fitted, found) else usual_ones

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """With ``values[0]`` in the place of 255."""
        divisor = float(values[0])
        if not _DIVISORS[0] <= divisor <= _DIVISORS[1]:
            return None
        settings = reference.settings
        does = usual(settings.mean, settings.std, divisor=divisor)
        if does.same(of_settings(settings)):
            return None
        said = f"pixels divided by {divisor:.6g} instead of 255"
        server = f"divide the pixels by 255, not by {divisor:.6g}"
        return variant_of(self.id, does, {"divisor": divisor}, said, server)


@dataclass(frozen=True, kw_only=True)
class OtherNormalisation(Described):
    """A mean and a std, or a scale and an offset, that have no name."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Mean and std, by channel; of a grey model the first of each."""
        return tuple(
            Parameter(name=f"{name}_{letter}", low=ends[0], high=ends[1], whole=False)
            for name, ends in (("mean", _MEANS), ("std", _STDS))
            for letter in _LETTERS
        )

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """None: the usual ones have names."""
        del reference
        return []

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares, by channel; none where it is one that has a name."""
        found = _estimate(evidence)
        if found is None or _known(found, reference):
            return []
        divisors = OtherDivisor.fit(_DIVISOR, evidence, reference)
        if any(_does(variant, found) for variant in divisors):
            return []
        return [self._variant(found)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Three means, then three stds."""
        channels = reference.settings.channels
        mean, std = values[:channels], values[3 : 3 + channels]
        if min(std) < _STDS[0]:
            return None
        does = usual(mean, std)
        return None if does.same(of_settings(reference.settings)) else self._variant(does)

    def _variant(self, does: Normalisation) -> Variant:
        known = does.mean_std
        parameters: dict[str, Value] = {"scale": does.scale, "offset": does.offset}
        said = f"tensor = {listed(does.scale)} × pixel + {listed(does.offset)}"
        if known is not None:
            parameters = {"mean": known[0], "std": known[1]}
            said = f"mean {listed(known[0])} and std {listed(known[1])}"
        elif does.order != tuple(range(len(does.order))):
            letters = "".join("RGB"[at] for at in does.order)
            parameters["order"] = letters
            said += f", channels {letters}"
        server = "normalise with this model's mean and std: they travel with the exported model"
        return variant_of(self.id, does, parameters, said, server)


def _estimate(evidence: Evidence) -> Normalisation | None:
    found = pair(evidence)
    if found is None or found[0].ndim != 4:
        return None
    return estimated(*found)


def _known(does: Normalisation, reference: Reference) -> bool:
    """Whether it is the reference's, or has a name."""
    settings = reference.settings
    return does.same(of_settings(settings)) or any(does.same(one.does) for one in named(settings))


def _does(variant: Variant, does: Normalisation) -> bool:
    made = variant.make
    return isinstance(made, Making) and made.does.same(does)


_ANY = "any picture"
_PLAUSIBLE = "plausible"
_DIVISOR = OtherDivisor(
    id="other-divisor",
    step=TENSOR.name,
    title="Divided by something else than 255",
    symptom="probabilities off in the third digit or less, hardly any label",
    source=_PLAUSIBLE,
    witness=_ANY,
)
FAULTS = (
    _DIVISOR,
    OtherNormalisation(
        id="other-normalisation",
        step=TENSOR.name,
        title="Scale and offset of another normalisation",
        symptom="most labels the same, probabilities off by some percent",
        source=_PLAUSIBLE,
        witness=_ANY,
    ),
)
