from __future__ import annotations

from typing import Any

import pytest

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.steps import LABEL
from tests.builders.faults import CLASSES
from tests.builders.upper_targets import named, ours, target

ALL = ("label-number", "label-writing", "label-names")
WRONG: dict[str, tuple[Any, str]] = {
    "label-number": (
        lambda at: f"{at + 1}",
        "the number of the class, counted from 1, instead of its name",
    ),
    "label-writing": (lambda at: CLASSES[at].capitalize(), "names with a capital in front"),
    "label-names": (
        lambda at: ("Ameise", "Biene", "Katze", "Hund", "Aal")[at],
        "names of another list: Ameise for ant, Biene for bee, Katze for cat, Hund for dog",
    ),
}


def written(write: Any) -> Any:
    return target(LABEL.name, lambda p: [write(int(row.argmax())) for row in p])


@pytest.mark.parametrize("fault", ALL)
def test_writings__each_is_named_and_no_other(fault: str) -> None:
    write, said = WRONG[fault]
    seen = written(write)
    assert [fault] == [id_ for id_ in ALL if named(id_, seen)]
    assert said == named(fault, seen)[0].said


@pytest.mark.parametrize("fault", ALL)
def test_writings__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, written(lambda at: CLASSES[at]))


@pytest.mark.parametrize("fault", ALL)
def test_writings__silent_on_one_name_for_all(fault: str) -> None:
    assert [] == named(fault, target(LABEL.name, lambda p: ["thing"] * len(p)))


def test_writings__none_that_leaves_the_names_as_they_are() -> None:
    variants = fault_of("label-writing").variants(ours())
    rules = [variant.parameters["writing"] for variant in variants]
    assert ["capitals", "title", "line end", "Windows line end", "quoted"] == rules
