"""Faults that are a network made wrong in a known way (``Networks``), by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.changes import CHANGES
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import both
from ml_ci.parity.faults.reference import Networks, Reference
from ml_ci.steps import LOGITS

_SAME = 1e-9
"""Of the largest logit: nearer than this, a change of the network changes nothing."""
_PROBED = 2
_TELLING: WeakKeyDictionary[Networks, dict[str, bool]] = WeakKeyDictionary()
_FIT_IMAGES = 8
_GRID = 25


@dataclass(frozen=True, kw_only=True)
class WrongNetwork(Described):
    """Names that begin with one of ``prefixes``, or are one of ``names``."""

    prefixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    saying: str
    """With {} for what stands behind the colon."""
    server: str
    script: str = ""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """All of those that make a difference in this network."""
        return [
            self.variant(name)
            for name in reference.networks.names
            if self._is_mine(name) and tells(name, reference)
        ]

    def variant(self, name: str, grain: float = 0.0) -> Variant:
        """The network called ``name``."""

        def make(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
            return reference.wrong_logits(name, tensor)

        return Variant(
            fault=self.id,
            step=LOGITS.name,
            parameters={"network": name},
            said=self.saying.format(name.partition(": ")[2]),
            remedy=Remedy(server=self.server, script=self.script),
            make=make,
            grain=grain,
        )

    def _is_mine(self, name: str) -> bool:
        return name in self.names or name.startswith(self.prefixes)


@dataclass(frozen=True, kw_only=True)
class NumberedNetwork(WrongNetwork):
    """The prefix and a number, which is estimated on a scale of factors."""

    number: str
    low: float
    high: float

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The number."""
        return (Parameter(name=self.number, low=self.low, high=self.high, whole=False),)

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The usual ones and, if the network has such layers, the one that comes nearest."""
        found = both(evidence)
        usual = list(self.variants(reference))
        if found is None or not usual:
            return usual
        tensor, made = (side[:_FIT_IMAGES] for side in found)

        def apart(exponent: float) -> float:
            try:
                logits = reference.wrong_logits(self._name(10**exponent), tensor)
            except StepError:
                return np.inf
            return float(((logits - made) ** 2).sum()) if logits.shape == made.shape else np.inf

        best = _smallest(apart, float(np.log10(self.low)), float(np.log10(self.high)))
        return [*usual, self.variant(self._name(float(f"{10**best:.7g}")))]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """With ``values[0]``; None where there are no such layers, or they have it."""
        name = self._name(float(values[0]))
        usual = any(self._is_mine(one) for one in reference.networks.names)
        return self.variant(name) if usual and tells(name, reference) else None

    def _name(self, number: float) -> str:
        return f"{self.prefixes[0]}{number!r}"


@dataclass(frozen=True, kw_only=True)
class FewerBits(WrongNetwork):
    """A network in fewer bits: right implementations of it are apart, too.

    How far is measured: by two ways to do it, on what the network is given.
    """

    rough: str
    type: str = ""
    """In ``CHANGES``: what the last layer's sums are rounded to; empty where they stay float32."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """With the distance on a probe."""
        return [
            self.variant(name, self._grain(probe(reference), reference))
            for name in self.names
            if name in reference.networks.names and tells(name, reference)
        ]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """With the distance on the target's own tensors.

        None unless its logits are all of that type, or are much nearer to the network in fewer bits
        than to the right one: a distance alone would explain whatever is small.
        """
        found = both(evidence)
        if found is None or not self.variants(reference):
            return []
        tensor, made = found
        right = reference.logits(tensor)
        fitting = []
        for name in self.names:
            fewer = reference.wrong_logits(name, tensor)
            if fewer.shape != made.shape:
                continue
            nearer = 2 * ((fewer - made) ** 2).sum() <= ((right - made) ** 2).sum()
            if nearer or self._of_type(made):
                fitting.append(self.variant(name, self._grain(tensor, reference)))
        return fitting

    def _of_type(self, made: NDArray[Any]) -> bool:
        return self.type in CHANGES and bool((CHANGES[self.type](made) == made).all())

    def _grain(self, tensor: NDArray[Any], reference: Reference) -> float:
        """Twice the largest distance of the two ways: each has errors of its own."""
        try:
            ways = [reference.wrong_logits(name, tensor) for name in (*self.names, self.rough)]
        except StepError:  # this machine cannot compute in that type
            return 0.0
        return 2 * float(np.abs(ways[0] - ways[-1]).max())


def probe(reference: Reference) -> NDArray[Any]:
    """`tensor` of two pictures of noise."""
    settings = reference.settings
    shape = (_PROBED, settings.channels, settings.size[0], settings.size[1])
    levels = np.random.default_rng(0).uniform(0, 255, shape).astype(reference.dtype)
    return reference.tensor(levels)


def tells(name: str, reference: Reference) -> bool:
    """Whether the network called ``name`` can be computed and gives other logits."""
    known = _TELLING.setdefault(reference.networks, {})
    if name not in known:
        tensor = probe(reference)
        right = reference.logits(tensor)
        try:
            wrong = reference.wrong_logits(name, tensor)
        except StepError:
            known[name] = False
        else:
            largest = float(np.abs(right).max(initial=1e-30))
            differs = wrong.shape == right.shape and bool(np.isfinite(wrong).all())
            known[name] = differs and float(np.abs(wrong - right).max()) > _SAME * largest
    return known[name]


def _smallest(function: Callable[[float], float], low: float, high: float) -> float:
    """Where it is smallest: the best of a grid, then thirds of what lies around it."""
    grid = np.linspace(low, high, _GRID)
    best = int(np.argmin([function(float(at)) for at in grid]))
    left, right = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, _GRID - 1)])
    ratio = (5**0.5 - 1) / 2
    inner, outer = right - ratio * (right - left), left + ratio * (right - left)
    at_inner, at_outer = function(inner), function(outer)
    while right - left > 1e-7:
        if at_inner <= at_outer:
            right, outer, at_outer = outer, inner, at_inner
            inner = right - ratio * (right - left)
            at_inner = function(inner)
        else:
            left, inner, at_inner = inner, outer, at_outer
            outer = left + ratio * (right - left)
            at_outer = function(outer)
    return (left + right) / 2
