"""Which images are the worst."""

from __future__ import annotations

import math

import pytest

from ml_ci.parity.result import ImageResult, RungResult
from ml_ci.report.ladder import worst_images
from tests.builders.parity import judge


def image(name: str, own: float | None, allowed: float | None = 0.5) -> ImageResult:
    rung = RungResult(
        step="resized", mark="differs", own=own, allowed=allowed, message="it differs"
    )
    return ImageResult(image=name, first_step="resized", rungs=(rung,))


def agreeing(name: str) -> ImageResult:
    rung = RungResult(step="resized", mark="within", own=9.0, allowed=10.0, message="")
    return ImageResult(image=name, first_step=None, rungs=(rung,))


def test_worst__is_the_largest_excess_over_what_is_allowed() -> None:
    images = [
        image("large", 12.0, 8.0),
        image("worst", 2.0),
        image("exact", None, None),
        image("no-number", 0.1),
        agreeing("fine"),
    ]
    result = judge(target="server", golden=5, images=images, failures=[])

    found = [(one.image, one.excess) for one in worst_images(result)]

    assert [("no-number", math.inf), ("worst", 4.0), ("large", 1.5), ("exact", None)] == found


@pytest.mark.parametrize("allowed", [0.0, None])
def test_worst__without_an_allowance_has_no_excess(allowed: float | None) -> None:
    result = judge(target="server", golden=1, images=[image("a", 1.0, allowed)], failures=[])

    assert [None] == [one.excess for one in worst_images(result)]


def test_worst_images__of_exact_rungs_begin_with_the_largest_error() -> None:
    def pixels(name: str, own: float) -> ImageResult:
        rung = RungResult(step="image", mark="differs", own=own, allowed=0.0, message="it differs")
        return ImageResult(image=name, first_step="image", rungs=(rung,))

    result = judge(
        target="server", golden=2, images=[pixels("a", 3.0), pixels("b", 200.0)], failures=[]
    )

    assert ["b", "a"] == [one.image for one in worst_images(result)]
