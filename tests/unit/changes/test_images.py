"""Images: what became of them, by split and class."""

from __future__ import annotations

import pytest

from ml_ci.changes.images import data_changes
from ml_ci.changes.result import NAMED
from ml_ci.data.manifest import Entry
from tests.builders.changes import entry

CAT = entry("train/cat/1.png", "cat", "1")
Row = tuple[str, str, str, str, int, tuple[str, ...]]


def rows(before: list[Entry], after: list[Entry]) -> list[Row]:
    return [
        (one.split, one.label, one.kind, one.note, one.images, one.names)
        for one in data_changes(before, after)
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param([CAT], [], id="same"),
        pytest.param([], [("train", "cat", "removed", "", 1, ("train/cat/1.png",))], id="removed"),
        pytest.param(
            [CAT, entry("test/dog/2.png", "dog")],
            [("test", "dog", "added", "", 1, ("test/dog/2.png",))],
            id="added",
        ),
        pytest.param(
            [entry("train/cat/1.png", "cat", "2")],
            [("train", "cat", "replaced", "", 1, ("train/cat/1.png",))],
            id="replaced",
        ),
        pytest.param(
            [entry("train/dog/1.png", "dog", "1")],
            [("train", "dog", "relabelled", "cat", 1, ("train/dog/1.png",))],
            id="relabelled",
        ),
        pytest.param([entry("train/cat/new.png", "cat", "1")], [], id="renamed"),
        pytest.param(
            [entry("test/cat/1.png", "cat", "1")],
            [
                ("test", "cat", "added", "", 1, ("test/cat/1.png",)),
                ("train", "cat", "removed", "", 1, ("train/cat/1.png",)),
            ],
            id="other-split",
        ),
        pytest.param([CAT, entry("golden/golden.csv", "")], [], id="table"),
    ],
)
def test_data_changes__say_what_happened(after: list[Entry], expected: list[Row]) -> None:
    assert expected == rows([CAT], after)


def test_data_changes__are_the_largest_first() -> None:
    dogs = [entry(f"train/dog/{n}.png", "dog") for n in range(2)]

    found = rows([], [CAT, *dogs])

    assert [("dog", 2), ("cat", 1)] == [(row[1], row[4]) for row in found]


def test_data_changes__name_the_first_images_and_count_all() -> None:
    ((*_, images, names),) = rows([], [entry(f"test/a/{n}.png", "a") for n in range(NAMED + 1)])

    assert (NAMED + 1, NAMED) == (images, len(names))
