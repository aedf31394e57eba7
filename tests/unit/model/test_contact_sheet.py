"""The contact sheet shows what entered the network, as a person would see it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from ml_ci.model.contact_sheet import CAPTION, CELL, GAP, contact_sheet, denormalised
from ml_ci.model.preprocess import Preprocess
from tests.builders.model import noisy, preprocess_settings


def inputs_of(*images: np.ndarray, channels: int = 3) -> np.ndarray:
    module = Preprocess(preprocess_settings(channels=channels, fit="stretch"))
    return np.concatenate([module(torch.tensor(image[None]))[1].numpy() for image in images])


def sheet(count: int, caption: str = "seven") -> Image.Image:
    inputs = inputs_of(*(noisy(16, 16, seed) for seed in range(count)))
    content = contact_sheet(inputs, [caption] * count, preprocess_settings())
    return Image.open(io.BytesIO(content))


def test_denormalised__gives_back_the_pixels() -> None:
    image = noisy(16, 16)
    assert np.array_equal(image[None], denormalised(inputs_of(image), preprocess_settings()))


def test_denormalised__shows_grey_as_rgb() -> None:
    grey = np.repeat(noisy(16, 16)[..., :1], 3, axis=2)
    settings = preprocess_settings(channels=1)
    assert np.array_equal(grey[None], denormalised(inputs_of(grey, channels=1), settings))


def test_denormalised__cuts_what_no_pixel_can_show() -> None:
    far = np.stack([np.full((3, 1, 1), 99.0), np.full((3, 1, 1), -99.0)]).astype(np.float32)
    assert [255, 0] == denormalised(far, preprocess_settings())[:, 0, 0, 0].tolist()


def test_sheet__shows_every_picture_enlarged_below_its_caption() -> None:
    pixels = np.asarray(sheet(3))
    scale = CELL // 16
    for index in range(3):
        left = GAP + index % 2 * (CELL + GAP)
        top = GAP + index // 2 * (CELL + CAPTION + GAP) + CAPTION
        shown = pixels[top : top + CELL, left : left + CELL][
            scale // 2 :: scale, scale // 2 :: scale
        ]
        assert noisy(16, 16, index).tolist() == shown.tolist()


def test_sheet__has_the_label_written_on_it() -> None:
    with_label, without = (np.asarray(sheet(1, caption)) for caption in ("seven", ""))
    changed = np.argwhere((with_label != without).any(axis=2))
    assert (True, True) == (len(changed) > 50, changed[:, 0].max() < GAP + CAPTION)


def test_sheet__cuts_a_long_label_at_its_cell() -> None:
    pixels = np.asarray(sheet(2, "a class name that is far too long for one cell"))
    between = pixels[:, GAP + CELL : GAP + CELL + GAP]
    assert 1 == len(np.unique(between.reshape(-1, 3), axis=0))


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_sheet__can_be_made_of_any_number(count: int) -> None:
    inputs = np.zeros((count, 3, 16, 16), np.float32)
    content = contact_sheet(inputs, ["x"] * count, preprocess_settings())
    assert "PNG" == Image.open(io.BytesIO(content)).format
