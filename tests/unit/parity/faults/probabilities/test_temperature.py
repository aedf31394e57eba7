from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence
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


def test_temperature__of_two_classes_one_image_saturated() -> None:
    two = replace(reference(), class_names=("cat", "dog"))
    given = np.asarray([[300.0, -200.0], [0.5, -0.7]])
    made = softmax(given.astype(np.float32) / np.float32(0.77), axis=1)
    seen = Evidence(given=list(given), made=list(made))
    [found] = explaining(FAULT, seen, two)
    assert pytest.approx(0.77, rel=1e-6) == found.parameters["temperature"]


def test_temperature__powers_of_2_are_recognised() -> None:
    ours = reference()

    def halves(logits: Any, reference: Reference) -> Any:
        parts = 2.0**logits
        return parts / parts.sum(axis=1, keepdims=True)

    [found] = explaining(FAULT, evidence(ours, PROBABILITIES.name, halves), ours)
    assert found.said.endswith("of 1.443 before softmax: powers of 2 instead of e")
