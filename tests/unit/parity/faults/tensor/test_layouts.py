from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.steps import TENSOR
from tests.builders.faults import reference
from tests.builders.upper_targets import named, target

MEAN = np.asarray([0.4, 0.5, 0.6], np.float32)[:, None, None]
STD = np.asarray([0.2, 0.25, 0.3], np.float32)[:, None, None]
MISREAD, TURNED = "layout-misread", "tensor-turned"


def right(x: Any) -> Any:
    return (x / 255 - MEAN) / STD


def rows_last(x: Any) -> Any:
    """N×H×W×C, as the image was before."""
    return np.moveaxis(right(x), 1, -1).copy()


WRONG: dict[str, tuple[str, Any]] = {
    "H×W×C in memory read as C×H×W: reshaped instead of transposed": (
        MISREAD,
        lambda x: rows_last(x).reshape(x.shape),
    ),
    "mirrored left to right": (TURNED, lambda x: np.flip(right(x), 3)),
    "upside down": (TURNED, lambda x: np.flip(right(x), 2)),
    "turned by 180°": (TURNED, lambda x: np.flip(right(x), (2, 3))),
    "rows and columns exchanged": (
        TURNED,
        lambda x: np.stack([one.T for one in rows_last(x)]),
    ),
    "turned by 90° to the left": (
        TURNED,
        lambda x: np.flip(np.stack([one.T for one in rows_last(x)]), 2),
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_layouts__each_is_named_and_no_other(said: str) -> None:
    fault, written = WRONG[said]
    seen = target(TENSOR.name, written)
    found = [variant.said for id_ in (MISREAD, TURNED) for variant in named(id_, seen)]
    assert [said] == found
    assert [said] == [variant.said for variant in named(fault, seen)]


@pytest.mark.parametrize("fault", [MISREAD, TURNED])
def test_layouts__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name, right))


@pytest.mark.parametrize("fault", [MISREAD, TURNED])
def test_layouts__silent_on_exchanged_channels(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name, lambda x: right(x)[:, ::-1]))


def test_turned__quarters_only_where_sides_are_equal() -> None:
    variants = fault_of(TURNED).variants(reference(size=[16, 20]))
    assert [
        "mirrored left to right",
        "upside down",
        "turned by 180°",
        "rows and columns exchanged",
    ] == [variant.said for variant in variants]
