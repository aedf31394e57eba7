"""What each fit must do, whatever the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from ml_ci.model.images import Image
from ml_ci.model.preprocess import (
    Preprocess,
    around,
    contain,
    cover,
    divide,
    scaled_box,
    within,
)
from tests.builders.model import FITS, PAD_COLOUR, noisy, preprocess_settings

PADDING = ("pad", "long_side_pad", "two_pass_pad")
NOT_PADDING = ("stretch", "crop", "short_side_crop")
side = st.integers(1, 60)
# A first call of an operation is slow, a later one is not: no deadline
quick = settings(max_examples=40, deadline=None)


def resized(image: Image, **changes: Any) -> Tensor:
    """The rung `resized` of one image in float64, C×S×S."""
    module = Preprocess(preprocess_settings(**changes), torch.float64)
    return module.resized(torch.from_numpy(image[None].copy()))[0]


def plain(colour: tuple[int, int, int], height: int, width: int) -> Image:
    return np.broadcast_to(np.asarray(colour, np.uint8), (height, width, 3)).copy()


@pytest.mark.parametrize("fit", FITS)
@given(height=side, width=side, box=st.tuples(side, side), channels=st.sampled_from((1, 3)))
@quick
def test_resized__has_the_size_of_params(
    fit: str, height: int, width: int, box: tuple[int, int], channels: int
) -> None:
    result = resized(noisy(height, width), fit=fit, size=list(box), channels=channels)
    assert (channels, *box) == tuple(result.shape)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("filter_", ["bilinear", "bicubic"])
@pytest.mark.parametrize("count", [1, 2])
def test_resized__to_one_column_is_as_to_one_row(channels: int, filter_: str, count: int) -> None:
    module = Preprocess(
        preprocess_settings(channels=channels, filter=filter_, clamp=False), torch.float64
    )
    picture = noisy(40, 2)  # becomes 16×1 of the 16×16
    # numpy's new axis has no stride, which torch takes for another layout
    upright = torch.tensor(picture[None]) if count == 1 else torch.tensor(np.stack([picture] * 2))
    lying = module.resized(upright.transpose(1, 2).contiguous())
    torch.testing.assert_close(module.resized(upright), lying.transpose(2, 3))


@pytest.mark.parametrize("fit", FITS)
@given(height=side, width=side, filter_=st.sampled_from(("bilinear", "bicubic")))
@quick
def test_resized__keeps_a_plain_picture_in_the_pad_colour_plain(
    fit: str, height: int, width: int, filter_: str
) -> None:
    result = resized(plain(PAD_COLOUR, height, width), fit=fit, filter=filter_)
    expected = torch.tensor(PAD_COLOUR, dtype=torch.float64)[:, None, None].expand_as(result)
    torch.testing.assert_close(result, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("fit", FITS)
@given(height=side, width=side, filter_=st.sampled_from(("bilinear", "bicubic")))
@quick
def test_resized__stays_in_range_when_clamped(
    fit: str, height: int, width: int, filter_: str
) -> None:
    black_and_white = np.where(noisy(height, width) > 127, 255, 0).astype(np.uint8)
    result = resized(black_and_white, fit=fit, filter=filter_)
    assert torch.equal(result, result.clamp(-1e-9, 255 + 1e-9))


def test_resized__overshoots_with_bicubic_unclamped() -> None:
    edge = plain((0, 0, 0), 8, 8)
    edge[:, 4:] = 255
    result = resized(edge, fit="stretch", filter="bicubic", clamp=False)
    assert result.min() < 0
    assert result.max() > 255


@pytest.mark.parametrize("fit", FITS)
@given(height=side, width=side)
@quick
def test_resized__of_the_mirror_image_is_mirrored_unless_a_pixel_is_odd(
    fit: str, height: int, width: int
) -> None:
    assume(horizontal_margin(fit, height, width) % 2 == 0)
    image = noisy(height, width)
    mirrored = resized(image[:, ::-1], fit=fit).flip(2)
    torch.testing.assert_close(mirrored, resized(image, fit=fit), rtol=0, atol=1e-9)


def horizontal_margin(fit: str, height: int, width: int) -> int:
    """Pixels padded or cut, left and right together, at 16×16 with a resize ratio of 1.25."""
    box, canvas = (16, 16), (20, 20)
    margins = {
        "stretch": 0,
        "pad": around(height, width, box)[1] - width,
        "crop": width - within(height, width, box)[1],
        "short_side_crop": cover(height, width, canvas)[1] - box[1],
        "long_side_pad": box[1] - contain(height, width, box)[1],
        "two_pass_pad": canvas[1] - contain(height, width, canvas)[1],
    }
    return margins[fit]


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop", "long_side_pad"])
@pytest.mark.parametrize("filter_", ["bilinear", "bicubic"])
def test_resized__leaves_a_picture_of_the_right_size_alone(fit: str, filter_: str) -> None:
    image = noisy(16, 16)
    expected = torch.from_numpy(image).permute(2, 0, 1).double()
    assert torch.equal(expected, resized(image, fit=fit, filter=filter_))


@pytest.mark.parametrize(
    ("fit", "rows"), [("long_side_pad", 4), ("pad", 3)], ids=["long_side_pad", "pad"]
)
def test_resized__has_the_exact_colour_in_its_margins(fit: str, rows: int) -> None:
    # 8×16 in 16×16: four rows on either side; `pad` filters across the border of the picture
    result = resized(noisy(8, 16), fit=fit)
    colour = torch.tensor(PAD_COLOUR, dtype=torch.float64)[:, None, None]
    assert torch.equal(colour.expand(3, rows, 16), result[:, :rows])
    assert torch.equal(colour.expand(3, rows, 16), result[:, -rows:])


def test_resized__puts_the_odd_padding_pixel_at_the_bottom() -> None:
    result = resized(plain((0, 0, 0), 13, 16), fit="long_side_pad")  # 3 rows of margin
    is_margin = (result[0, :, 0] == PAD_COLOUR[0]).tolist()
    assert [True] + [False] * 13 + [True] * 2 == is_margin


def test_resized__cuts_the_odd_pixel_at_the_right() -> None:
    image = plain((0, 0, 0), 16, 19)
    image[..., 0] = np.arange(19)
    result = resized(image, fit="short_side_crop", resize_ratio=1.0)
    assert list(range(1, 17)) == result[0, 0].tolist()


def test_resized__pads_before_filtering_in_two_passes() -> None:
    # 8×16 → 10×20 → margins → 20×20 → 16×16: the second pass mixes picture and margin
    result = resized(plain((0, 0, 0), 8, 16), fit="two_pass_pad")
    levels = result[0, :, 8]
    assert bool(((levels > 1) & (levels < PAD_COLOUR[0] - 1)).any())


@pytest.mark.parametrize("fit", PADDING)
def test_resized__pads_grey_pictures_with_the_luma_of_the_colour(fit: str) -> None:
    result = resized(plain((0, 0, 0), 4, 16), fit=fit, channels=1)
    assert 0.299 * 250 + 0.587 * 10 + 0.114 * 128 == pytest.approx(result[0, 0, 0].item())


@pytest.mark.parametrize("fit", NOT_PADDING)
def test_resized__shows_no_pad_colour_in_fits_that_do_not_pad(fit: str) -> None:
    assert torch.equal(torch.zeros(3, 16, 16).double(), resized(plain((0, 0, 0), 5, 40), fit=fit))


def test_tensor__is_normalised_per_channel() -> None:
    module = Preprocess(preprocess_settings(mean=[0.1, 0.2, 0.3], std=[0.5, 1.0, 2.0]))
    levels = torch.full((1, 3, 1, 1), 255.0)
    torch.testing.assert_close(
        module.tensor(levels), torch.tensor([1.8, 0.8, 0.35]).reshape(1, 3, 1, 1)
    )


def test_forward__gives_both_rungs_in_the_order_of_the_ladder() -> None:
    module = Preprocess(preprocess_settings())
    image = torch.from_numpy(noisy(9, 9)[None])
    low, high = module(image)
    assert torch.equal(module.resized(image), low)
    assert torch.equal(module.tensor(low), high)


def test_state__holds_nothing_that_would_be_saved_with_the_network() -> None:
    assert {} == Preprocess(preprocess_settings()).state_dict()


@pytest.mark.parametrize(
    ("function", "picture", "expected"),
    [
        (around, (10, 30), (15, 30)),
        (around, (10, 3), (10, 20)),
        (within, (10, 30), (10, 20)),
        (within, (10, 3), (2, 3)),
        (within, (1, 1), (1, 1)),
        (cover, (10, 30), (16, 48)),
        (cover, (10, 3), (107, 32)),
        (contain, (10, 30), (11, 32)),
        (contain, (10, 3), (16, 5)),
        (contain, (1, 100), (1, 32)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_sides__in_a_16_by_32_box(
    function: Any, picture: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert expected == function(*picture, (16, 32))


@pytest.mark.parametrize(
    ("dividend", "divisor", "expected"), [(5, 2, 3), (7, 2, 4), (7, 3, 2), (8, 3, 3), (1, 3, 0)]
)
def test_divide__rounds_half_up(dividend: int, divisor: int, expected: int) -> None:
    assert expected == divide(dividend, divisor)


def test_scaled_box__rounds_half_up() -> None:
    assert (37, 41) == scaled_box((32, 36), 1.15)  # 36.8 and 41.4
