"""The trained model as the reference that faults are made of."""

from __future__ import annotations

from collections.abc import Callable

from ml_ci.data.decode import DecodeRule
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.model.wrong_networks import WrongNetworks
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.reference import Reference
from ml_ci.stages.loading import TrainedModel


def reference_of(
    trained: TrainedModel, rule: DecodeRule, sent: Callable[[str], bytes]
) -> Reference:
    """``sent`` gives the encoded image of a name."""
    return Reference(
        executor=ReferenceSteps(trained.ladder(), rule, sent, StepError),
        networks=WrongNetworks(trained.network, StepError),
        settings=trained.preprocess,
        rule=rule,
        class_names=trained.card.class_names,
    )
