from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence
from ml_ci.steps import LABEL
from tests.builders.faults import CLASSES, explaining
from tests.builders.upper_targets import NOISE, named, ours, target

ALL = ("labels-sorted", "labels-off-by-one", "labels-exchanged")
NUMBERS = tuple(str(place) for place in range(12))


def read_from(names: list[str]) -> Evidence:
    return target(LABEL.name, lambda p: [names[row.argmax()] for row in p])


def test_class_lists__sorted_as_text() -> None:
    listed = sorted(NUMBERS)
    given = np.eye(12)[[0, 2, 3, 10, 11]]  # not every class is answered
    seen = Evidence(given=list(given), made=[listed[row.argmax()] for row in given])
    reference = replace(ours(), class_names=NUMBERS)
    found = [id_ for id_ in ALL if explaining(fault_of(id_), seen, reference, NOISE)]
    assert ["labels-sorted"] == found


@pytest.mark.parametrize("by", [1, -1])
def test_class_lists__off_by_one(by: int) -> None:
    seen = read_from([CLASSES[(at + by) % 5] for at in range(5)])
    assert ["labels-off-by-one"] == [id_ for id_ in ALL if named(id_, seen)]
    [variant] = named("labels-off-by-one", seen)
    side = "after" if by == 1 else "before"
    assert f"every class named as the class {side} it: the list is off by one" == variant.said


def test_class_lists__a_stale_file_is_told_as_far_as_it_was_seen() -> None:
    given = np.eye(5)[[0, 1, 1, 3]]
    seen = Evidence(given=list(given), made=["ant", "dog", "dog", "bee"])
    assert ["labels-exchanged"] == [id_ for id_ in ALL if named(id_, seen)]
    [variant] = named("labels-exchanged", seen)
    assert "labels exchanged: bee as dog, dog as bee" == variant.said


@pytest.mark.parametrize("fault", ALL)
def test_class_lists__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, read_from(list(CLASSES)))


@pytest.mark.parametrize("fault", ALL)
def test_class_lists__silent_where_one_class_has_several_names(fault: str) -> None:
    seen = target(LABEL.name, lambda p: [CLASSES[np.argsort(row)[-2]] for row in p])
    assert [] == named(fault, seen)
