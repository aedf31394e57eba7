from __future__ import annotations

from typing import Any

import pytest
from scipy.special import expit, softmax

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import PROBABILITIES
from tests.builders.faults import evidence, explaining, reference

FAULT = fault_of("temperature")


def cooler(logits: Any, reference: Reference) -> Any:
    return softmax(logits / 1.37, axis=1)


def sigmoids(logits: Any, reference: Reference) -> Any:
    return expit(logits)


def test_temperature__is_estimated() -> None:
    ours = reference()
    [found] = explaining(FAULT, evidence(ours, PROBABILITIES.name, cooler), ours)
    assert pytest.approx(1.37, rel=1e-6) == found.parameters["temperature"]
    assert "logits divided by a temperature of 1.37 before softmax" == found.said


def test_temperature__silent_on_the_clean_side() -> None:
    ours = reference()
    assert [] == explaining(FAULT, evidence(ours, PROBABILITIES.name, None), ours)


def test_temperature__silent_on_sigmoids() -> None:
    ours = reference()
    assert [] == explaining(FAULT, evidence(ours, PROBABILITIES.name, sigmoids), ours)


def test_temperature__none_is_the_reference() -> None:
    assert FAULT.at([1.0], reference()) is None
