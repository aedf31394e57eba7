from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.image.turned import FAULTS
from tests.builders.fault_targets import named, retouched, silent


def transposed(turn: Image.Transpose) -> Make:
    return retouched(lambda picture: np.asarray(Image.fromarray(picture).transpose(turn)))


CASES = [
    ("turned", {"turn": "90° clockwise"}, retouched(lambda picture: np.rot90(picture, -1))),
    ("turned", {"turn": "180° clockwise"}, retouched(lambda picture: np.rot90(picture, 2))),
    ("turned", {"turn": "270° clockwise"}, retouched(lambda picture: np.rot90(picture))),
    ("mirrored", {"sides": "left and right"}, transposed(Image.Transpose.FLIP_LEFT_RIGHT)),
    ("mirrored", {"sides": "top and bottom"}, transposed(Image.Transpose.FLIP_TOP_BOTTOM)),
    ("transposed", {"diagonal": "main"}, transposed(Image.Transpose.TRANSPOSE)),
    ("transposed", {"diagonal": "other"}, transposed(Image.Transpose.TRANSVERSE)),
]


@pytest.mark.parametrize(("fault", "expected", "target"), CASES)
def test_turned__is_named_and_nothing_else(
    fault: str, expected: dict[str, str], target: Make
) -> None:
    assert [expected] == named(fault, target)
    assert [] == silent(FAULTS, target, but=(fault,))


def test_turned__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_turned__silent_on_a_shift() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: np.roll(picture, 1, axis=1)))
