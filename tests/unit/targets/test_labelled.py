"""A sample of the test set: the classes' shares, the same every time."""

from __future__ import annotations

from collections import Counter

import pytest

from ml_ci.targets.labelled import LabelledPicture, sample


def pictures(**counts: int) -> list[LabelledPicture]:
    return [
        LabelledPicture(name=f"{label}/{number}.png", label=label, read=lambda: b"")
        for label, count in counts.items()
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "most", "expected"),
    [
        pytest.param({"cat": 3, "dog": 2}, 5, {"cat": 3, "dog": 2}, id="all"),
        pytest.param(
            {"cat": 60, "dog": 30, "eel": 10}, 10, {"cat": 6, "dog": 3, "eel": 1}, id="even"
        ),
        pytest.param(
            {"cat": 50, "dog": 50, "eel": 50}, 10, {"cat": 4, "dog": 3, "eel": 3}, id="rest"
        ),
        pytest.param({"cat": 96, "dog": 4}, 10, {"cat": 10}, id="a-rare-class"),
    ],
)
def test_sample__has_the_classes_shares(
    counts: dict[str, int], most: int, expected: dict[str, int]
) -> None:
    assert expected == Counter(one.label for one in sample(pictures(**counts), most))


def test_sample__is_the_same_whatever_the_order() -> None:
    images = pictures(cat=30, dog=20)

    one, other = sample(images, 10), sample(images[::-1], 10)

    assert sorted(image.name for image in one) == sorted(image.name for image in other)


def test_sample__is_in_the_order_given() -> None:
    images = pictures(cat=30, dog=20)
    names = [image.name for image in images]

    drawn = [image.name for image in sample(images, 10)]

    assert sorted(drawn, key=names.index) == drawn


def test_sample__depends_on_the_seed_alone() -> None:
    images = pictures(cat=300)

    drawn = [{image.name for image in sample(images, 10, seed=seed)} for seed in (1, 1, 2)]

    assert (True, False) == (drawn[0] == drawn[1], drawn[0] == drawn[2])


def test_sample__is_no_beginning() -> None:
    images = pictures(cat=300)

    assert sample(images, 10) != tuple(images[:10])
