"""The segments of a JPEG, whole and damaged."""

from __future__ import annotations

import pytest
from PIL import Image

from ml_ci.data.jpeg_segments import Frame, frame_of, picture_data, segments
from tests.builders.images import encoded, picture

PICTURE = Image.fromarray(picture(height=24, width=40))


def frame(content: bytes) -> Frame:
    found = frame_of(list(segments(content)))
    assert found is not None
    return found


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [True, False])
def test_frame_of__tells_how_it_is_coded(subsampling: str, progressive: bool) -> None:
    content = encoded(PICTURE, "JPEG", subsampling=subsampling, progressive=progressive)
    found = frame(content)
    assert (40, 24, subsampling, progressive, 3) == (
        found.width,
        found.height,
        found.sampling,
        found.progressive,
        found.components,
    )


@pytest.mark.parametrize(
    ("mode", "sampling", "components"),
    [pytest.param("L", "grey", 1, id="grey"), pytest.param("CMYK", "4:4:4", 4, id="CMYK")],
)
def test_frame_of__other_colours(mode: str, sampling: str, components: int) -> None:
    found = frame(encoded(PICTURE.convert(mode), "JPEG"))
    assert (sampling, components) == (found.sampling, found.components)


@pytest.mark.parametrize(
    ("factors", "sampling"),
    [
        pytest.param((0x12, 0x11, 0x11), "4:4:0", id="halved downwards"),
        pytest.param((0x41, 0x11, 0x11), "4:1:1", id="a quarter across"),
        pytest.param((0x22, 0x21, 0x11), "2×2 2×1 1×1", id="blue and red apart"),
        pytest.param((0x22, 0x22, 0x22), "4:4:4", id="all doubled"),
        pytest.param((0x22, 0x00, 0x00), "2×2 0×0 0×0", id="impossible"),
    ],
)
def test_frame_of__other_factors(factors: tuple[int, int, int], sampling: str) -> None:
    content = bytearray(encoded(PICTURE, "JPEG", subsampling="4:4:4"))
    start = content.index(b"\xff\xc0") + 10
    for number, factor in enumerate(factors):
        content[start + 3 * number + 1] = factor
    assert sampling == frame(bytes(content)).sampling


def test_segments__go_past_the_data_of_every_scan() -> None:
    content = encoded(PICTURE, "JPEG", progressive=True, quality=95)
    scans = [body for marker, body in segments(content) if marker == 0xDA]
    assert len(scans) > 5
    # Everything but the markers, the lengths and both ends
    parts = list(segments(content))
    assert len(content) - 4 == sum(4 + len(body) for _, body in parts)


def test_segments__end_with_the_first_picture() -> None:
    one = encoded(PICTURE, "JPEG")
    assert list(segments(one)) == list(segments(one + encoded(PICTURE, "JPEG", quality=5)))


def test_picture_data__is_the_same_with_other_metadata() -> None:
    plain = encoded(PICTURE, "JPEG")
    described = encoded(PICTURE, "JPEG", comment=b"taken today", dpi=(300, 300))
    assert plain != described
    assert picture_data(list(segments(plain))) == picture_data(list(segments(described)))


def test_picture_data__holds_what_the_colours_mean() -> None:
    content = encoded(PICTURE.convert("CMYK"), "JPEG")
    place = content.index(b"\xff\xee") + 15  # Adobe's transform flag
    other = content[:place] + b"\x02" + content[place + 1 :]
    assert picture_data(list(segments(content))) != picture_data(list(segments(other)))


def test_frame_of__a_file_that_ends_before_its_frame() -> None:
    content = encoded(PICTURE, "JPEG")
    start = content.index(b"\xff\xc0")
    for end in range(2, start + 8):
        assert frame_of(list(segments(content[:end]))) is None


def test_frame_of__a_file_that_ends_behind_its_frame() -> None:
    content = encoded(PICTURE, "JPEG")
    assert frame(content) == frame(content[: content.index(b"\xff\xc0") + 40])


def test_frame_of__tables_that_are_cut_off_are_left_out() -> None:
    content = encoded(PICTURE, "JPEG")
    parts = [(marker, body[:-1] if marker == 0xDB else body) for marker, body in segments(content)]
    found = frame_of(parts)
    assert found is not None
    assert () == found.tables
