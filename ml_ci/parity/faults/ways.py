"""Ways: a fault that is one of a few wrong ways to do a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ml_ci.parity.faults.fault import Described, Make, Remedy, Variant
from ml_ci.parity.faults.guarding import guarded
from ml_ci.parity.faults.reference import Reference


def always(reference: Reference) -> bool:
    """Whatever the settings."""
    del reference
    return True


@dataclass(frozen=True, kw_only=True)
class Way:
    """One of them."""

    name: str
    """Of this way, as the value of the parameter."""
    said: str
    server: str
    make: Make
    script: str = ""
    grain: float = 0.0
    possible: Callable[[Reference], bool] = always
    """Whether it differs from what a reference with such settings does."""


@dataclass(frozen=True, kw_only=True)
class Ways(Described):
    """Nothing is estimated: each way either explains a target or does not."""

    ways: tuple[Way, ...]
    parameter: str = "way"

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """One per way."""
        return [self._variant(way) for way in self.ways if way.possible(reference)]

    def _variant(self, way: Way) -> Variant:
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={self.parameter: way.name} if len(self.ways) > 1 else {},
            said=way.said,
            remedy=Remedy(server=way.server, script=way.script),
            make=guarded(way.make),
            grain=way.grain,
        )
