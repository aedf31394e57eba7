from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence
from tests.builders.fault_networks import named_network, served, trained, varied_reference

OFFSETS = np.asarray([0.2, -0.1, 0.4, 0, 0.3])


def bfloat16(values: Any) -> Any:
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)


def masked(z: Any) -> Any:
    made = z.copy()
    made[:, 3] = -9e3
    return made


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "logits-are-probabilities": (
        lambda z: softmax(z, axis=1),
        "probabilities in the place of logits",
    ),
    "logits-are-logarithms": (
        lambda z: log_softmax(z, axis=1),
        "logarithms of the probabilities in the place of logits",
    ),
    "logits-centred": (lambda z: z - z.mean(axis=1)[:, None], "logits less their mean"),
    "logits-less-largest": (
        lambda z: z - z.max(axis=1)[:, None],
        "logits less the largest of them",
    ),
    "logits-normalised": (
        lambda z: z / np.sqrt((z**2).sum(axis=1))[:, None],
        "logits divided by their Euclidean length",
    ),
    "logits-tanh": (lambda z: np.tanh(z), "tanh of the logits"),
    "logits-scaled": (lambda z: 1.7 * z - 0.3, "logits multiplied by 1.7, then -0.3 added"),
    "logits-other-bias": (
        lambda z: z + OFFSETS,
        "the logit of each class off by the same for all pictures: another bias",
    ),
    "logit-masked": (masked, "the logit of dog is always -9000"),
    "logits-float16": (lambda z: z.astype(np.float16), "logits turned to float16"),
    "logits-bfloat16": (bfloat16, "logits turned to bfloat16"),
    "logits-rounded": (lambda z: np.round(z, 2), "logits rounded to 2 digits"),
    "logits-clipped": (lambda z: np.clip(z, -0.4, 1.1), "logits cut off at -0.4 and 1.1"),
}


def target(written: Callable[[Any], Any]) -> Evidence:
    right = served(trained())
    made = written(np.stack(right.made).astype(np.float32))
    return Evidence(given=right.given, made=list(made))


@pytest.mark.parametrize("fault", WRONG)
def test_values__each_is_named_and_no_other(fault: str) -> None:
    written, said = WRONG[fault]
    seen = target(written)
    found = {id_: named_network(id_, seen) for id_ in WRONG}
    assert [fault] == [id_ for id_, variants in found.items() if variants]
    assert [said] == [variant.said for variant in found[fault]]


@pytest.mark.parametrize("fault", WRONG)
def test_values__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named_network(fault, target(lambda z: z))


@pytest.mark.parametrize("fault", WRONG)
def test_values__silent_on_cubes(fault: str) -> None:
    assert [] == named_network(fault, target(lambda z: z + 0.05 * z**3))


def test_scaled__at_is_nothing_for_1() -> None:
    assert fault_of("logits-scaled").at([1.0], varied_reference()) is None


def test_other_bias__one_image_explains_nothing() -> None:
    seen = target(lambda z: z + OFFSETS)
    assert [] == named_network(
        "logits-other-bias", Evidence(given=seen.given[:1], made=seen.made[:1])
    )


@pytest.mark.parametrize(
    ("fault", "order"),
    [("logits-off-by-one", [4, 0, 1, 2, 3]), ("logits-exchanged", [2, 1, 0, 3, 4])],
)
def test_class_orders__of_logits(fault: str, order: list[int]) -> None:
    seen = target(lambda z: z[:, order])
    assert 1 == len(named_network(fault, seen))
    assert [] == named_network(fault, target(lambda z: z))
    assert [] == named_network(fault, target(lambda z: -z))
