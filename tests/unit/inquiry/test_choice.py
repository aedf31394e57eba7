"""The choice: few images, of different classes and sizes, and two of one size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_ci.inquiry.choice import Candidate, candidates_of, choose
from tests.builders.traces import ladder, write_trace


def candidate(name: str, label: str = "cat", margin: float = 0.5, side: int = 10) -> Candidate:
    return Candidate(name=name, label=label, margin=margin, size=(side, side))


def picked(*candidates: Candidate, images: int = 6) -> str:
    return "".join(one.name for one in choose(candidates, str, images=images))


def test_choose__takes_answers_first_that_are_decided_and_can_be_moved() -> None:
    rows = (
        candidate("a", margin=0.1),
        candidate("b", margin=1.0),
        candidate("c", margin=0.55),
        candidate("d", margin=0.7),
    )

    assert "cdab" == picked(*rows)


def test_choose__takes_another_class_before_a_more_telling_one() -> None:
    rows = candidate("a"), candidate("b", margin=0.8), candidate("c", "dog", margin=0.9)

    assert "ac" == picked(*rows, images=2)


def test_choose__takes_another_size_before_a_more_telling_one() -> None:
    rows = candidate("a"), candidate("b", margin=0.8), candidate("c", margin=0.9, side=12)

    assert "ac" == picked(*rows, images=2)


def test_choose__ends_with_two_classes_of_one_size() -> None:
    rows = (
        candidate("a", "cat", side=10),
        candidate("b", "dog", side=11),
        candidate("c", "eel", side=12),
        candidate("d", "fox", 0.9, side=11),
    )

    assert "abd" == picked(*rows, images=3)


def test_choose__does_not_look_for_a_second_pair_of_one_size() -> None:
    rows = (
        candidate("a", "cat", side=10),
        candidate("b", "dog", side=10),
        candidate("c", "cat", 0.2, side=12),
        candidate("d", "dog", 0.3, side=10),
    )

    assert "abc" == picked(*rows, images=3)


def test_choose__does_not_depend_on_the_order() -> None:
    rows = [candidate(name, label) for name, label in zip("abcd", ("cat", "dog") * 2, strict=True)]

    assert picked(*rows, images=3) == picked(*reversed(rows), images=3)


@pytest.mark.parametrize(("there", "expected"), [(0, 0), (2, 2), (9, 6)])
def test_choose__takes_what_there_is(there: int, expected: int) -> None:
    assert expected == len(picked(*(candidate(str(number)) for number in range(there))))


def test_choose__gives_each_its_picture() -> None:
    (one,) = choose([candidate("a", margin=0.25)], lambda name: f"picture of {name}", images=6)

    assert ("a", "picture of a", "cat", 0.25) == (one.name, one.picture, one.label, one.margin)


def test_candidates__are_as_the_reference_sees_them(tmp_path: Path) -> None:
    probabilities = np.asarray([0.75, 0.25], np.float32)
    trace = write_trace(tmp_path / "reference", {"a.png": ladder(probabilities=probabilities)})

    (one,) = candidates_of(trace)

    assert Candidate(name="a.png", label="cat", margin=0.5, size=(4, 6)) == one


def test_candidates__of_a_model_of_one_class_have_a_margin(tmp_path: Path) -> None:
    alone = ladder(probabilities=np.asarray([1.0], np.float32))

    assert [1.0] == [
        one.margin for one in candidates_of(write_trace(tmp_path / "reference", {"a.png": alone}))
    ]


def test_candidates__are_those_that_the_reference_answered(tmp_path: Path) -> None:
    nan = np.asarray([np.nan, 0.5], np.float32)
    images = {
        "a.png": ladder(),
        "b.png": ladder(probabilities=None),
        "c.png": ladder(),
        "d.png": ladder(probabilities=nan),
    }
    trace = write_trace(tmp_path / "reference", images, failures={"c.png": "refused"})

    assert ["a.png"] == [one.name for one in candidates_of(trace)]
