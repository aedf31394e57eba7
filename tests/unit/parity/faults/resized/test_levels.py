from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.builders.faults import reference
from tests.builders.resizers import (
    Written,
    by_pillow,
    by_torch,
    contained,
    lettered,
    named,
    smooth,
)

Pixels = NDArray[np.uint8]


def whole(rounding: Any) -> Written:
    return lambda image: lettered(rounding(smooth(image, contained(image))))


def half(image: Pixels) -> NDArray[Any]:
    return lettered(smooth(image, contained(image))).astype(np.float16).astype(np.float32)


def pillow(image: Pixels) -> NDArray[Any]:
    return lettered(by_pillow(image, contained(image), Image.Resampling.BILINEAR))


def opencv(image: Pixels) -> NDArray[Any]:
    """Within its level: torch has the same filter without its fixed point."""
    resized = by_torch(image, contained(image), mode="bilinear")
    return lettered(np.floor(resized + 0.5))


FIRES = [
    ("resized-rounded", whole(np.rint), "rounded to whole levels"),
    ("resized-truncated", whole(np.floor), "cut off to whole levels"),
    ("resized-in-float16", half, "in float16"),
    ("resized-by-pillow", pillow, "in whole levels, as Pillow"),
    (
        "resized-by-opencv",
        opencv,
        "bilinear without antialiasing instead of bilinear, in whole levels, as OpenCV",
    ),
]


@pytest.mark.parametrize(("fault", "written", "said"), FIRES, ids=[one[0] for one in FIRES])
def test_levels__are_told(fault: str, written: Written, said: str) -> None:
    assert [said] == [variant.said for variant in named(fault, reference(), written)]


@pytest.mark.parametrize("fault", [one[0] for one in FIRES])
def test_levels__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, reference(), None)


@pytest.mark.parametrize(
    ("fault", "alike"),
    [
        ("resized-rounded", whole(np.floor)),
        ("resized-truncated", whole(np.rint)),
        ("resized-in-float16", whole(np.rint)),
        ("resized-by-pillow", opencv),
        ("resized-by-opencv", pillow),
    ],
)
def test_levels__silent_on_their_look_alike(fault: str, alike: Written) -> None:
    assert [] == named(fault, reference(), alike)


def test_grey_rounded__before_resizing() -> None:
    ours = reference(channels=1, fit="stretch")

    def grey(image: Pixels) -> NDArray[Any]:
        levels = np.asarray(Image.fromarray(image).convert("L"))
        return smooth(np.repeat(levels[..., None], 3, axis=2), (16, 16))[:1]

    def exact(image: Pixels) -> NDArray[Any]:
        grey = np.rint(smooth(image, (16, 16)).T @ [0.299, 0.587, 0.114]).T
        return grey[None].astype(np.float32)

    [found] = named("grey-rounded", ours, grey)
    assert "grey in whole levels before it is resized" == found.said
    assert [] == named("grey-rounded", ours, exact)
    assert [] == named("grey-rounded", ours, None)
    assert [] == named("grey-rounded", reference(fit="stretch"), None)
