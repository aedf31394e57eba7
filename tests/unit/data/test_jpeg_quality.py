"""JPEG quality: what the usual encoder was told, and tables that are somebody's own."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ml_ci.data.jpeg_quality import Quality, quality_of
from ml_ci.data.jpeg_segments import frame_of, segments
from tests.builders.images import encoded, picture

PICTURE = Image.fromarray(picture(height=24, width=40))


def tables_of(content: bytes) -> tuple[tuple[int, ...], ...]:
    frame = frame_of(list(segments(content)))
    assert frame is not None
    return frame.tables


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_quality_of__is_what_the_encoder_was_told(mode: str) -> None:
    image = PICTURE.convert(mode)
    found = {
        quality: quality_of(tables_of(encoded(image, "JPEG", quality=quality)))
        for quality in range(1, 101)
    }
    assert {quality: Quality(value=quality, standard=True) for quality in range(1, 101)} == found


def test_quality_of__tables_that_are_one_step_off_is_the_nearest() -> None:
    luma, chroma, _ = tables_of(encoded(PICTURE, "JPEG", quality=62))
    others = [(luma[0] + 1, *luma[1:]), chroma]
    found = quality_of(others)
    assert Quality(value=62, standard=False) == found
    assert "tables of its own, quality about 62" == str(found)


def test_quality_of__flat_tables_is_custom() -> None:
    # As some cameras and MATLAB write: the same step for every frequency
    found = quality_of([(20,) * 64])
    assert found is not None
    assert not found.standard


def test_quality_of__a_photographers_tables() -> None:
    # What Pillow calls "web_high" are the tables of Photoshop's "Save for Web"
    found = quality_of(tables_of(encoded(PICTURE, "JPEG", quality="web_high")))
    assert found is not None
    assert not found.standard
    assert 85 <= found.value <= 97


def test_quality_of__nothing() -> None:
    assert quality_of([]) is None


def test_tables__are_those_that_the_decoder_reads() -> None:
    content = encoded(PICTURE, "JPEG", quality=83, subsampling="4:2:0")
    decoder = Image.open(io.BytesIO(content)).quantization  # type: ignore[attr-defined]
    luma, blue, red = tables_of(content)
    assert [tuple(decoder[0]), tuple(decoder[1])] == [luma, blue]
    assert np.array_equal(blue, red)
