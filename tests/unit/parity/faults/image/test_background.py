from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, opened, said
from tests.builders.faults import reference

FAULT = fault_of("background")
IMAGES = ["PNG RGBA", "format webp alpha", "clear indices", "wide.png", "wide 4:2:0.jpg"]


def over(*colour: int) -> Make:
    def make(seen: Seen, reference: Reference) -> Any:
        image = opened(seen.content).convert("RGBA")
        share = np.asarray(image)[..., 3:] / 255
        return np.rint(np.asarray(image)[..., :3] * share + np.array(colour) * (1 - share)).astype(
            np.uint8
        )

    return make


def dropped(seen: Seen, reference: Reference) -> Any:
    return np.asarray(opened(seen.content).convert("RGBA"))[..., :3]


@pytest.mark.parametrize("colour", [(0, 0, 0), (128, 128, 128), (250, 3, 77)])
def test_background__is_estimated(colour: tuple[int, int, int]) -> None:
    assert [{"colour": colour}] == named("background", over(*colour), IMAGES)


def test_background__says_which() -> None:
    assert ["black instead of white behind transparent pixels"] == said(
        "background", over(0, 0, 0), IMAGES
    )
    assert ["the colour 1, 2, 3 instead of white behind transparent pixels"] == said(
        "background", over(1, 2, 3), IMAGES
    )


def test_background__silent_on_the_clean_side() -> None:
    assert [] == named("background", None)


def test_background__silent_on_dropped_alpha() -> None:
    assert [] == named("background", dropped, IMAGES)


def test_background__none_is_the_reference() -> None:
    assert FAULT.at([255.0, 255.0, 255.0], reference()) is None
    assert 2 == len(list(FAULT.variants(reference())))


def test_background__over_a_picture_that_is_opaque_there_is_nothing_to_fill() -> None:
    assert [] == named("background", over(0, 0, 0), ["wide.png", "tall.png"])
