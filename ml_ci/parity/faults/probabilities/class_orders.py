"""Probabilities at other classes' places."""

from __future__ import annotations

from ml_ci.parity.faults.class_order_faults import OtherClassOrder
from ml_ci.steps import PROBABILITIES

_SYMPTOM = "accuracy near zero, and every probability to be found at another class"
_WITNESS = "pictures of several classes"

FAULTS = (
    OtherClassOrder(
        id="classes-sorted",
        step=PROBABILITIES.name,
        title="Classes sorted in another way",
        symptom="some classes, often those from 10 on, are taken for others, always the same",
        source="https://github.com/pytorch/vision/issues/714",
        witness=_WITNESS,
        kind="sorted",
    ),
    OtherClassOrder(
        id="classes-off-by-one",
        step=PROBABILITIES.name,
        title="Classes off by one",
        symptom=_SYMPTOM + ", the one beside it",
        source="https://github.com/tensorflow/tpu/issues/521",
        witness=_WITNESS,
        kind="shifted",
    ),
    OtherClassOrder(
        id="classes-exchanged",
        step=PROBABILITIES.name,
        title="Classes exchanged: the class list of another model",
        symptom=_SYMPTOM,
        source="https://github.com/keras-team/keras/pull/3052",
        witness=_WITNESS,
        kind="exchanged",
    ),
)
