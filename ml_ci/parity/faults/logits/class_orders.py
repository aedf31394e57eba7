"""Logits at other classes' places."""

from __future__ import annotations

from ml_ci.parity.faults.class_order_faults import OtherClassOrder
from ml_ci.steps import LOGITS

_SYMPTOM = "accuracy near zero, and every probability to be found at another class"
_WITNESS = "pictures of several classes"

FAULTS = (
    OtherClassOrder(
        id="logits-sorted",
        step=LOGITS.name,
        title="Logits of classes sorted in another way",
        symptom="some classes, often those from 10 on, are taken for others, always the same",
        source="https://github.com/pytorch/vision/issues/714",
        witness=_WITNESS,
        kind="sorted",
    ),
    OtherClassOrder(
        id="logits-off-by-one",
        step=LOGITS.name,
        title="Logits off by one",
        symptom=_SYMPTOM + ", the one beside it",
        source="https://github.com/tensorflow/tpu/issues/521",
        witness=_WITNESS,
        kind="shifted",
    ),
    OtherClassOrder(
        id="logits-exchanged",
        step=LOGITS.name,
        title="Logits exchanged: another class order in training",
        symptom=_SYMPTOM,
        source="https://github.com/keras-team/keras/pull/3052",
        witness=_WITNESS,
        kind="exchanged",
    ),
)
