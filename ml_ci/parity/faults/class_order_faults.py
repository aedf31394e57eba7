"""Faults of the class order, for each of the steps at which a list of classes is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ml_ci.parity.faults.class_orders import ClassOrder, Kind, estimated, usual_orders
from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Variant
from ml_ci.parity.faults.fitting import both
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LOGITS, PROBABILITIES

SERVER: dict[Kind, str] = {
    "sorted": "take the class list that the exported model carries, in its order, instead of "
    "sorting folder names anew",
    "shifted": "drop the background class, or the header line, of the class list: the first class "
    "is number 0",
    "exchanged": "replace the class list by the one of this model: it travels with the export",
}


@dataclass(frozen=True, kw_only=True)
class OtherClassOrder(Described):
    """Scores stand at other classes' places."""

    kind: Kind

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The usual orders of this kind."""
        orders = usual_orders(reference.class_names)
        return [self.variant(one) for one in orders if one.kind == self.kind]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The assignment of the target's columns to ours."""
        found = both(evidence)
        if found is None:
            return []
        given, made = found
        if self.step == PROBABILITIES.name:
            given = reference.probabilities(given)
        if self.step == LOGITS.name:
            given = reference.logits(given)
        if given.shape != made.shape:
            return []
        order = estimated(given, made, reference.class_names)
        return [] if order is None or order.kind != self.kind else [self.variant(order)]

    def variant(self, order: ClassOrder) -> Variant:
        """With this order."""

        def make(below: NDArray[Any], reference: Reference) -> NDArray[Any]:
            step = self.step == PROBABILITIES.name
            return order(reference.probabilities(below) if step else reference.logits(below))

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"order": order.order},
            said=order.said,
            remedy=Remedy(server=SERVER[self.kind], script=""),
            make=make,
        )
