"""Bytes moved: what is beyond the budget's parts is what neither request nor floats explain."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from benchmarks.bytes_moved import Moved, photo
from benchmarks.counting_proxy import Traffic

MOVED = Moved(
    file=300, requests=700, prediction=400, floats=1000, traffic=Traffic(sent=800, received=1500)
)


@pytest.mark.parametrize(
    ("beyond", "expected"),
    [
        pytest.param(MOVED.beyond, 2300 - 700 - 1000, id="both requests"),
        pytest.param(MOVED.beyond_one, 2300 - 400 - 1000, id="the prediction's alone"),
    ],
)
def test_moved__beyond(beyond: int, expected: int) -> None:
    assert beyond == expected


def test_photo__is_a_jpeg_of_that_size_and_always_the_same() -> None:
    picture = Image.open(io.BytesIO(photo(40)))

    assert (picture.format, picture.size) == ("JPEG", (40, 40))
    assert photo(40) == photo(40)
