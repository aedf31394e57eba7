"""A plain fault: one way to go wrong, nothing to set or to estimate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ml_ci.parity.executor import Change
from ml_ci.parity.faults.fault import Described, Make, Remedy, Variant
from ml_ci.parity.faults.reference import Reference


@dataclass(frozen=True, kw_only=True)
class Plain(Described):
    """Its only variant, unless the reference does the same."""

    said: str
    server: str
    script: str = ""
    making: Make
    after: Change | None = None
    unless: Callable[[Reference], bool] | None = None
    """Whether the reference does the same, or the fault cannot be with it."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """One, or none."""
        if self.unless is not None and self.unless(reference):
            return []
        return [
            Variant(
                fault=self.id,
                step=self.step,
                parameters={},
                said=self.said,
                remedy=Remedy(server=self.server, script=self.script),
                make=self.making,
                after=self.after,
            )
        ]
