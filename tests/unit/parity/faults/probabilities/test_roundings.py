from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.steps import PROBABILITIES
from tests.builders.upper_targets import named, ours, target


def p(z: np.ndarray) -> np.ndarray:
    return softmax(z, axis=1)


def bfloat16(values: np.ndarray) -> np.ndarray:
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)


WRONG = {
    "probabilities-rounded": lambda z: np.asarray([[float(f"{v:.5f}") for v in q] for q in p(z)]),
    "probabilities-truncated": lambda z: np.floor(p(z) * 1000) / np.float32(1000),
    "probabilities-quantised": lambda z: np.rint(p(z) * 200) / np.float32(200),
    "percent": lambda z: 100 * p(z),
    "probabilities-float16": lambda z: p(z).astype(np.float16),
    "probabilities-bfloat16": lambda z: bfloat16(p(z)),
}


@pytest.mark.parametrize("fault", WRONG)
def test_roundings__each_is_named_and_no_other(fault: str) -> None:
    seen = target(PROBABILITIES.name, WRONG[fault])
    assert [fault] == [id_ for id_ in WRONG if named(id_, seen)]


@pytest.mark.parametrize(("levels", "top"), [(256, 255 / 256), (255, 1.0), (200, 1.0), (77, 1.0)])
def test_quantised__levels_are_estimated(levels: int, top: float) -> None:
    seen = target(PROBABILITIES.name, lambda z: np.minimum(np.rint(p(z) * levels) / levels, top))
    assert ["probabilities-quantised"] == [id_ for id_ in WRONG if named(id_, seen)]
    [variant] = named("probabilities-quantised", seen)
    assert f"probabilities rounded to multiples of 1/{levels}" == variant.said


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_rounded__digits_are_estimated(count: int) -> None:
    seen = target(PROBABILITIES.name, lambda z: np.round(p(z).astype(np.float64), count))
    [variant] = named("probabilities-rounded", seen)
    assert {"digits": count} == dict(variant.parameters)
    assert f"probabilities rounded to {count} digits" == variant.said


def test_percent__with_its_digits() -> None:
    [variant] = named("percent", target(PROBABILITIES.name, lambda z: np.round(100 * p(z), 2)))
    assert "percent instead of 0–1, rounded to 2 digits" == variant.said


@pytest.mark.parametrize("fault", WRONG)
def test_roundings__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name))


@pytest.mark.parametrize("fault", WRONG)
def test_roundings__silent_on_what_is_rounded_up(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name, lambda z: np.ceil(p(z) * 1000) / 1000))


def test_rounded__at_takes_up_to_six_digits() -> None:
    fault = fault_of("probabilities-rounded")
    assert fault.at([6], ours()) is not None
    assert fault.at([7], ours()) is None
