from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.fault import Evidence
from ml_ci.steps import LABEL
from tests.builders.faults import CLASSES
from tests.builders.upper_targets import named, target


def sure(p: Any) -> list[str]:
    return [CLASSES[row.argmax()] if row.max() >= 0.62 else "?" for row in p]


WRONG: dict[str, Any] = {
    "label-of-smallest": lambda p: [CLASSES[row.argmin()] for row in p],
    "label-of-second": lambda p: [CLASSES[np.argsort(row)[-2]] for row in p],
    "label-threshold": sure,
    "label-constant": lambda p: ["cat" for _ in p],
}
ALL = (*WRONG, "last-of-equals")


@pytest.mark.parametrize("fault", WRONG)
def test_choices__each_is_named_and_no_other(fault: str) -> None:
    seen = target(LABEL.name, WRONG[fault])
    assert [fault] == [id_ for id_ in ALL if named(id_, seen)]


def test_threshold__lies_where_the_answers_change() -> None:
    seen = target(LABEL.name, sure)
    [variant] = named("label-threshold", seen)
    largest = [float(one.max()) for one in seen.given]
    threshold = variant.parameters["threshold"]
    assert isinstance(threshold, float)
    assert [value >= 0.62 for value in largest] == [value >= threshold for value in largest]
    assert "?" == variant.parameters["answer"]


def test_last_of_equals__needs_a_tie() -> None:
    given = [np.asarray([0.1, 0.4, 0.4, 0.1, 0.0]), np.asarray([0.3, 0.2, 0.2, 0.2, 0.1])]
    seen = Evidence(given=given, made=["cat", "ant"])
    assert ["last-of-equals"] == [id_ for id_ in ALL if named(id_, seen)]


@pytest.mark.parametrize("fault", ALL)
def test_choices__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(LABEL.name, lambda p: [CLASSES[row.argmax()] for row in p]))


@pytest.mark.parametrize("fault", ALL)
def test_choices__silent_on_a_class_list_off_by_one(fault: str) -> None:
    seen = target(LABEL.name, lambda p: [CLASSES[(row.argmax() + 1) % 5] for row in p])
    assert [] == named(fault, seen)
