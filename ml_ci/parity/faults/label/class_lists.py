"""Labels read from another list of classes than the model's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ml_ci.parity.faults.class_order_faults import SERVER
from ml_ci.parity.faults.class_orders import ClassOrder, Kind, usual_orders
from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Variant
from ml_ci.parity.faults.observed_labels import observed
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LABEL


@dataclass(frozen=True, kw_only=True)
class OtherClassList(Described):
    """The right place in a list that is wrong."""

    kind: Kind

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The usual orders of this kind."""
        orders = usual_orders(reference.class_names)
        return [self._ordered(one) for one in orders if one.kind == self.kind]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The first usual order with which all labels agree; else, what was seen of another."""
        seen = observed(evidence, reference)
        if seen is None or all(ours == theirs for ours, theirs in seen.items()):
            return []
        for order in usual_orders(reference.class_names):
            if all(_told(order, reference)[ours] == theirs for ours, theirs in seen.items()):
                return [self._ordered(order)] if order.kind == self.kind else []
        known = set(seen.values()) <= set(reference.class_names)
        one_to_one = len(set(seen.values())) == len(seen)
        exchanged = self.kind == "exchanged" and known and one_to_one
        return [self._partial(seen)] if exchanged else []

    def _ordered(self, order: ClassOrder) -> Variant:
        def make(probabilities: NDArray[Any], reference: Reference) -> list[str]:
            return reference.labels(order(probabilities))

        return self._variant(order.said, {"order": order.order}, make)

    def _partial(self, seen: Mapping[str, str]) -> Variant:
        """Classes that were not seen keep their names: nothing is known of them."""

        def make(probabilities: NDArray[Any], reference: Reference) -> list[str]:
            return [seen.get(name, name) for name in reference.labels(probabilities)]

        moved = {ours: theirs for ours, theirs in sorted(seen.items()) if ours != theirs}
        said = ", ".join(f"{ours} as {theirs}" for ours, theirs in list(moved.items())[:4])
        more = f", {len(moved) - 4} more" if len(moved) > 4 else ""
        parameters = {"instead_of": tuple(moved), "told": tuple(moved.values())}
        return self._variant(f"labels exchanged: {said}{more}", parameters, make)

    def _variant(self, said: str, parameters: Mapping[str, Any], make: Any) -> Variant:
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=said,
            remedy=Remedy(server=SERVER[self.kind], script=""),
            make=make,
        )


def _told(order: ClassOrder, reference: Reference) -> dict[str, str]:
    """What each class is called."""
    names: Sequence[str] = reference.class_names
    return {names[source]: names[at] for at, source in enumerate(order.order)}


_SYMPTOM = "probabilities agree with the script's, labels do not"
_WITNESS = "pictures of several classes"
FAULTS = (
    OtherClassList(
        id="labels-sorted",
        step=LABEL.name,
        title="Label list sorted in another way",
        symptom=_SYMPTOM,
        source="https://github.com/pytorch/vision/issues/714",
        witness=_WITNESS,
        kind="sorted",
    ),
    OtherClassList(
        id="labels-off-by-one",
        step=LABEL.name,
        title="Label list off by one",
        symptom=_SYMPTOM,
        source="https://github.com/tensorflow/tpu/issues/521",
        witness=_WITNESS,
        kind="shifted",
    ),
    OtherClassList(
        id="labels-exchanged",
        step=LABEL.name,
        title="Labels exchanged: a stale label file",
        symptom=_SYMPTOM,
        source="https://github.com/keras-team/keras/pull/3052",
        witness=_WITNESS,
        kind="exchanged",
    ),
)
