"""What a report says of the public subset that it is about."""

from __future__ import annotations

from typing import Literal

import pytest

from ml_ci.data.manifest import Entry
from ml_ci.data.subset import PublicSubset
from ml_ci.report.schema import Subset, Weights
from ml_ci.report.subset import subset_of
from tests.builders.changes import entry

TRAIN = tuple(entry(f"train/cat/{n}.png", "cat") for n in range(4))
TEST = tuple(entry(f"test/cat/{n}.png", "cat") for n in range(3))
TABLE = entry("golden/golden.csv", "")
GOLDEN = (TABLE, *(entry(f"golden/{n}.png", "cat") for n in range(2)))
WHOLE = PublicSubset(folder="public", whole=(*TRAIN, *TEST, *GOLDEN))

Origin = Literal["trained here", "pretrained", "pulled"]


def about(*part: Entry, origin: Origin = "trained here") -> Subset:
    weights = Weights(origin=origin, sha256="a" * 64, commit=None, sentence="")
    found = subset_of(WHOLE, part, weights)
    assert found is not None
    return found


def test_subset_of__counts_every_split() -> None:
    found = about(*TRAIN[:1], *GOLDEN)

    assert [("golden", 2, 2), ("test", 0, 3), ("train", 1, 4)] == [
        (split.split, split.images, split.whole) for split in found.splits
    ]


RENAMED = entry("train/cat/renamed.png", "cat", "train/cat/3.png")


@pytest.mark.parametrize(
    ("train", "origin", "trained"),
    [
        pytest.param(TRAIN[:3], "trained here", True, id="fewer-images"),
        pytest.param(TRAIN[:3], "pulled", True, id="fewer-images-trained-elsewhere"),
        pytest.param(TRAIN[:3], "pretrained", False, id="pretrained"),
        pytest.param(TRAIN, "trained here", False, id="all-images"),
        pytest.param((*TRAIN[:3], RENAMED), "trained here", False, id="another-name"),
        pytest.param(
            (*TRAIN, entry("train/cat/9.png", "cat")), "trained here", True, id="more-images"
        ),
    ],
)
def test_subset_of__weights_are_trained_on_it_where_the_training_images_are_others(
    train: tuple[Entry, ...], origin: Origin, trained: bool
) -> None:
    assert trained == about(*train, origin=origin).trained


@pytest.mark.parametrize(
    ("part", "speaks"),
    [
        pytest.param((*TRAIN, *TEST), True, id="only-golden-images-are-missing"),
        pytest.param((*TRAIN, *TEST[:2]), False, id="fewer-test-images"),
        pytest.param((*TRAIN[:2], *TEST), False, id="trained-on-fewer"),
    ],
)
def test_subset__speaks_for_all(part: tuple[Entry, ...], speaks: bool) -> None:
    assert speaks == about(*part).speaks_for_all


def test_subset_of__is_none_without_one() -> None:
    weights = Weights(origin="pulled", sha256="a" * 64, commit=None, sentence="")

    assert None is subset_of(None, TRAIN, weights)
