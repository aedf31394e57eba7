from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence
from ml_ci.steps import PROBABILITIES
from tests.builders.faults import explaining
from tests.builders.upper_targets import NOISE, named, ours, target

OFFSETS = np.asarray([0.3, -0.2, 0.05, 0.4, -0.1], np.float32)
SCALES = np.asarray([1.1, 0.9, 1.3, 1.0, 0.7], np.float32)
WRONG = {
    "class-priors": lambda z: softmax(z + OFFSETS, axis=1),
    "platt-scaling": lambda z: softmax(np.float32(0.83) * z + OFFSETS, axis=1),
    "vector-scaling": lambda z: softmax(SCALES * z + OFFSETS, axis=1),
    "probabilities-smoothed": lambda z: softmax(z, axis=1) * 0.93 + 0.07 / 5,
}


@pytest.mark.parametrize("fault", WRONG)
def test_calibrations__each_is_named_and_no_other(fault: str) -> None:
    seen = target(PROBABILITIES.name, WRONG[fault])
    assert [fault] == [id_ for id_ in WRONG if named(id_, seen)]


@pytest.mark.parametrize("fault", WRONG)
def test_calibrations__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name))


@pytest.mark.parametrize("fault", WRONG)
def test_calibrations__silent_on_a_temperature(fault: str) -> None:
    seen = target(PROBABILITIES.name, lambda z: softmax(z / np.float32(1.3), axis=1))
    assert [] == named(fault, seen)


def test_class_priors__offsets_are_estimated() -> None:
    [variant] = named("class-priors", target(PROBABILITIES.name, WRONG["class-priors"]))
    assert "[0.21, -0.29, -0.04, 0.31, -0.19] added to the logits before softmax" == variant.said


def test_smoothed__the_share_is_estimated() -> None:
    seen = target(PROBABILITIES.name, WRONG["probabilities-smoothed"])
    [variant] = named("probabilities-smoothed", seen)
    assert "0.07 of every probability spread evenly over the classes" == variant.said


@pytest.mark.parametrize("fault", ["class-priors", "platt-scaling", "vector-scaling"])
def test_calibrations__too_few_images_explain_nothing(fault: str) -> None:
    """As many numbers as there are answers explain any answer."""
    seen = target(PROBABILITIES.name, WRONG[fault])
    assert [] == named(fault, Evidence(given=seen.given[:1], made=seen.made[:1]))


def test_class_priors__saturated_images_do_not_spoil_the_others() -> None:
    two = replace(ours(), class_names=("cat", "dog"))
    given = np.asarray([[60.0, -50.0], [0.4, -0.3], [-80.0, 3.0], [1.0, 0.0]])
    made = softmax(given.astype(np.float32) + np.asarray([0.5, 0], np.float32), axis=1)
    seen = Evidence(given=list(given), made=list(made))
    [variant] = explaining(fault_of("class-priors"), seen, two, NOISE)
    assert pytest.approx((0.25, -0.25), abs=1e-5) == variant.parameters["offsets"]


@pytest.mark.parametrize("fault", ["platt-scaling", "vector-scaling"])
def test_calibrations__silent_on_the_largest_only(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name, lambda z: np.eye(5)[z.argmax(axis=1)]))
