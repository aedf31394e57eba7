"""Expected changes: right values, and never a larger value made smaller."""

from __future__ import annotations

import numpy as np
import pytest

from ml_ci.parity.changes import CHANGES


@pytest.mark.parametrize(
    ("change", "given", "expected"),
    [
        pytest.param("float16", 1.0004, 1.0, id="float16 down"),
        pytest.param("float16", 1.0006, 1.0009765625, id="float16 up"),
        pytest.param("float16", 70000.0, np.inf, id="float16 overflows"),
        pytest.param("bfloat16", 1.003, 1.0, id="bfloat16 down"),
        pytest.param("bfloat16", 1.005, 1.0078125, id="bfloat16 up"),
        pytest.param("bfloat16", 1.00390625, 1.0, id="bfloat16 tie to even"),
        pytest.param("rounded", 2.5, 2.0, id="rounded, tie to even"),
        pytest.param("truncated", -2.7, -2.0, id="truncated towards zero"),
    ],
)
def test_change__of_one_value(change: str, given: float, expected: float) -> None:
    assert expected == CHANGES[change](np.asarray([given]))[0]


@pytest.mark.parametrize("change", CHANGES)
def test_change__keeps_the_order_and_the_type(change: str) -> None:
    values = np.sort(np.random.default_rng(1).normal(scale=100, size=2000)).astype(np.float32)

    changed = CHANGES[change](values)

    assert (True, "float32") == (bool((np.diff(changed) >= 0).all()), changed.dtype.name)
