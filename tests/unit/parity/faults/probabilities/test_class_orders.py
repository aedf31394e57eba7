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

ALL = ("classes-sorted", "classes-off-by-one", "classes-exchanged")
NUMBERS = tuple(str(place) for place in range(12))


def many(logits: np.ndarray, order: list[int]) -> Evidence:
    """Of twelve classes, named by numbers."""
    made = softmax(logits.astype(np.float32), axis=1)[:, order]
    return Evidence(given=list(logits), made=list(made))


def drawn(images: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 3, (images, 12))


def test_class_orders__a_server_that_sorts_names_as_text() -> None:
    listed = sorted(NUMBERS)  # 0, 1, 10, 11, 2, …: what output i is called there
    reference = replace(ours(), class_names=NUMBERS)
    seen = many(drawn(20), [listed.index(name) for name in NUMBERS])
    found = {id_: explaining(fault_of(id_), seen, reference, NOISE) for id_ in ALL}
    assert ["classes-sorted"] == [id_ for id_ in ALL if found[id_]]
    [variant] = found["classes-sorted"]
    assert "classes in alphabetical order in the server's list" == variant.said


@pytest.mark.parametrize(
    ("by", "said"), [(1, "the class after"), (-1, "the class before")], ids=["after", "before"]
)
def test_class_orders__off_by_one(by: int, said: str) -> None:
    seen = target(PROBABILITIES.name, lambda z: np.roll(softmax(z, axis=1), by, axis=1))
    assert ["classes-off-by-one"] == [id_ for id_ in ALL if named(id_, seen)]
    [variant] = named("classes-off-by-one", seen)
    assert f"every class named as {said} it: the list is off by one" == variant.said


def test_class_orders__exchanged_as_no_list_explains() -> None:
    seen = target(PROBABILITIES.name, lambda z: softmax(z, axis=1)[:, [0, 3, 2, 1, 4]])
    [variant] = named("classes-exchanged", seen)
    assert "classes exchanged: dog as bee, bee as dog" == variant.said
    assert (0, 3, 2, 1, 4) == variant.parameters["order"]


def test_class_orders__two_classes_are_told_from_two_images() -> None:
    two = replace(ours(), class_names=("cat", "dog"))
    given = np.asarray([[40.0, -40.0], [0.3, -0.2]])  # one of them saturated
    made = softmax(given, axis=1)[:, ::-1]
    seen = Evidence(given=list(given), made=list(made))
    found = [id_ for id_ in ALL if explaining(fault_of(id_), seen, two, NOISE)]
    assert ["classes-off-by-one"] == found


@pytest.mark.parametrize("fault", ALL)
def test_class_orders__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(PROBABILITIES.name))


@pytest.mark.parametrize("fault", ALL)
def test_class_orders__silent_on_complements(fault: str) -> None:
    seen = target(PROBABILITIES.name, lambda z: (1 - softmax(z, axis=1)) / 4)
    assert [] == named(fault, seen)
