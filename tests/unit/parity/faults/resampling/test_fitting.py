from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.faults.resampling import known
from ml_ci.parity.faults.resampling.fitting import finish, fitted
from ml_ci.parity.faults.resampling.integer import opencv_bilinear
from ml_ci.parity.faults.resampling.recipe import Recipe, recipe_of
from tests.builders.faults import reference, scene
from tests.builders.model import FITS, preprocess_settings

SIZES = ((60, 97), (120, 71), (12, 9), (16, 16), (1, 1), (1, 30), (33, 500))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("filter_", ["bilinear", "bicubic"])
@pytest.mark.parametrize("channels", [1, 3])
def test_fitted__the_references_own_recipe_is_the_reference(
    fit: str, filter_: str, channels: int
) -> None:
    ours = reference(fit=fit, filter=filter_, channels=channels, clamp=channels == 1)
    recipe = recipe_of(ours.settings)
    for height, width in SIZES:
        random = np.random.default_rng(height)
        image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        should = ours.resized(image)
        assert np.abs(fitted(image, recipe, np.float64) - should).max() < 1e-9


def recipe(**settings: object) -> Recipe:
    return recipe_of(preprocess_settings(**settings))


def test_fitted__in_the_dtype_asked_for() -> None:
    image = scene(40, 30)
    assert np.float32 == fitted(image, recipe(), np.float32).dtype


def test_fitted__pillow_in_whole_levels_is_pillow() -> None:
    image = scene(41, 30)
    theirs = np.asarray(Image.fromarray(image).resize((16, 16), Image.Resampling.BICUBIC))
    own = recipe(fit="stretch", filter="bicubic")
    made = fitted(image, Recipe(**(vars(own) | {"levels": "Pillow"})), np.float64)
    assert np.array_equal(np.moveaxis(theirs, 2, 0), made)


def test_opencv_bilinear__as_opencv_5() -> None:
    levels = np.array([[0, 60, 120, 250, 30], [10, 200, 90, 40, 255], [77, 5, 160, 220, 3]])
    assert [[33, 113, 123], [58, 143, 102]] == opencv_bilinear(levels[None].astype(float), (2, 3))[
        0
    ].tolist()
    assert [[7, 82, 201, 57], [11, 93, 181, 82], [22, 126, 120, 155]] == opencv_bilinear(
        levels[None].astype(float), (7, 4)
    )[0, :3].tolist()


def test_finish__whole_levels() -> None:
    values = np.array([-0.2, 0.5, 1.49, 1.5, 255.7])
    rounded, truncated = (
        Recipe(**(vars(recipe()) | {"levels": levels})) for levels in ("rounded", "truncated")
    )
    assert [0, 1, 1, 2, 255] == finish(values, rounded).tolist()
    assert [0, 0, 1, 1, 255] == finish(values, truncated).tolist()
    assert values.tolist() == finish(values, recipe()).tolist()


def test_known__names_are_of_one_resampling() -> None:
    assert len(set(known.everything())) == len(known.everything())
