"""Problems of a dump in sentences."""

from __future__ import annotations

import pytest

from ml_ci.targets.dump_problems import SENTENCES, DumpError, Problems


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["a"], "a: it is red; paint it"),
        (["a", "b"], "a and 1 other: it is red; paint it"),
        (["a", "b", "c"], "a and 2 others: it is red; paint it"),
    ],
    ids=["one", "two", "three"],
)
def test_sentences__tell_the_same_mistake_once(places: list[str], expected: str) -> None:
    problems = Problems()
    for place in places:
        problems.add(place, DumpError("it is red", fix="paint it"))
    assert problems.sentences() == (expected,)


def test_sentences__cannot_steer_a_terminal() -> None:
    problems = Problems()
    problems.add("a\n::error::b\x1b[2J", DumpError("it is red", fix="paint it"))
    assert problems.sentences() == ("a?::error::b?[2J: it is red; paint it",)


def test_sentences__end_somewhere() -> None:
    problems = Problems()
    for number in range(SENTENCES + 3):
        problems.add("a", DumpError(f"it has colour {number}", fix="paint it"))
    assert len(problems.sentences()) == SENTENCES + 1
    assert problems.sentences()[-1] == "… and 3 more"
