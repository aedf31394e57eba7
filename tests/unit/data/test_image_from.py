"""`image` of pixels that another decoder gave: orientation and colours are the file's."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ml_ci.data.decode import Decoded, ImageError, image_from, read_image
from tests.builders.images import RULE, encoded, picture, with_orientation


def palette_png(*, clear: int) -> bytes:
    image = Image.fromarray(picture()).quantize(8)
    content = io.BytesIO()
    image.save(content, "PNG", transparency=clear)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(encoded(Image.fromarray(picture()), "PNG"), id="RGB"),
        pytest.param(with_orientation(Image.fromarray(picture()), "JPEG", 6), id="turned"),
        pytest.param(encoded(Image.fromarray(picture()).convert("L"), "PNG"), id="grey"),
        pytest.param(encoded(Image.fromarray(picture()).convert("CMYK"), "JPEG"), id="CMYK"),
        pytest.param(palette_png(clear=3), id="palette"),
    ],
)
def test_image_from__the_decoder_s_own_pixels_is_the_image(content: bytes) -> None:
    found = read_image(content, RULE)

    assert np.array_equal(found.image, image_from(found.decoded, content, RULE))


def test_image_from__turns_other_pixels_as_the_file_says() -> None:
    content = with_orientation(Image.fromarray(picture()), "JPEG", 3)
    other = picture(1)

    turned = image_from(Decoded(pixels=other, mode="RGB"), content, RULE)

    assert np.array_equal(other[::-1, ::-1], turned)


def test_image_from__looks_up_no_palette_for_colours() -> None:
    other = picture(1)

    found = image_from(Decoded(pixels=other, mode="RGB"), palette_png(clear=0), RULE)

    assert np.array_equal(other, found)


def test_image_from__refuses_colours_it_cannot_read() -> None:
    content = encoded(Image.fromarray(picture()), "PNG")

    with pytest.raises(ImageError, match="its pixels are stored as YCbCr"):
        image_from(Decoded(pixels=picture(), mode="YCbCr"), content, RULE)
