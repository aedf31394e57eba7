from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.steps import TENSOR
from tests.builders.upper_targets import named, ours, target

MEAN = np.asarray([0.4, 0.5, 0.6], np.float32)[:, None, None]
STD = np.asarray([0.2, 0.25, 0.3], np.float32)[:, None, None]


def right(x: Any) -> Any:
    return (x / 255 - MEAN) / STD


def bfloat16(values: Any) -> Any:
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)


def quantised(x: Any) -> Any:
    """int8 of scale 0.021 and zero point −20."""
    codes = np.clip(np.rint(right(x) / np.float32(0.021)) - 20, -128, 127)
    return (codes + 20) * np.float32(0.021)


WRONG: dict[str, Any] = {
    "tensor-float16": lambda x: right(x).astype(np.float16),
    "tensor-bfloat16": lambda x: bfloat16(right(x)),
    "tensor-quantised": quantised,
    "tensor-clipped": lambda x: right(x).clip(-0.9, 1.3),
    "tensor-gamma": lambda x: right(255 * (x / 255) ** 1.37),
}


@pytest.mark.parametrize("fault", WRONG)
def test_values__each_is_named_and_no_other(fault: str) -> None:
    seen = target(TENSOR.name, WRONG[fault])
    assert [fault] == [id_ for id_ in WRONG if named(id_, seen)]


@pytest.mark.parametrize("fault", WRONG)
def test_values__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name, right))


@pytest.mark.parametrize("fault", WRONG)
def test_values__silent_on_another_mean(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name, lambda x: (x / 255 - MEAN - 0.01) / STD))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("tensor-quantised", "input quantised to multiples of 0.021"),
        ("tensor-clipped", "normalised values cut off at -0.9 and 1.3"),
        ("tensor-gamma", "a gamma of 1.37: pixels on 0–1 to that power"),
    ],
)
def test_values__parameters_are_estimated(fault: str, said: str) -> None:
    [variant] = named(fault, target(TENSOR.name, WRONG[fault]))
    assert said == variant.said


def test_clipped__at_one_end_only_no_infinity_is_reported() -> None:
    [variant] = named("tensor-clipped", target(TENSOR.name, lambda x: right(x).clip(0)))
    assert {"least": 0.0} == dict(variant.parameters)


def test_gamma__none_is_the_reference() -> None:
    assert fault_of("tensor-gamma").at([1.0], ours()) is None
