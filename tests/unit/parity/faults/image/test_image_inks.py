from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.fault import Seen
from ml_ci.parity.faults.image.inks import FAULTS
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, retouched, silent

IMAGES = ["CMYK", "YCCK", "CMYK without marker", "wide.png"]


def by(rule: Any) -> Any:
    def make(seen: Seen, reference: Reference) -> Any:
        if seen.decoded.mode != "CMYK":
            return reference.flatten(seen.decoded, seen.content)
        levels = rule(seen.decoded.pixels.astype(np.float64))
        return levels.clip(0, 255).round().astype(np.uint8)

    return make


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("inverted", lambda inks: inks[..., :3] * inks[..., 3:] / 255),
        ("subtracted", lambda inks: 255 - inks[..., :3] - inks[..., 3:]),
        ("without black", lambda inks: 255 - inks[..., :3]),
        ("first three", lambda inks: inks[..., :3]),
    ],
)
def test_cmyk__is_named(name: str, rule: Any) -> None:
    assert [{"rule": name}] == named("cmyk", by(rule), IMAGES)


def test_cmyk__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_cmyk__silent_where_every_picture_is_a_negative() -> None:
    assert [] == named("cmyk", retouched(lambda picture: 255 - picture), IMAGES)
