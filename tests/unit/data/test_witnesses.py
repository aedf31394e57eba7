from __future__ import annotations

import numpy as np
import pytest

from ml_ci.data.inspection import inspect
from ml_ci.data.witnesses import Kind, derived, finely_textured, kinds, scene, standard_witnesses
from tests.builders.decoding import seen

PIXELS = scene(37, 53, 7)
CONTENTS = {kind.name: content for kind, content in derived(PIXELS)}


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_kinds__each_decodes_to_the_picture_s_size(kind: Kind) -> None:
    assert (37, 53, 3) == seen(CONTENTS[kind.name]).shape


@pytest.mark.parametrize("name", ["png", "bmp", "webp-lossless", "icc"])
def test_kinds__lossless_ones_keep_every_pixel(name: str) -> None:
    assert np.array_equal(PIXELS, seen(CONTENTS[name]))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_kinds__turned_ones_are_upright_again(orientation: int) -> None:
    content = CONTENTS[f"exif-{orientation}"]
    assert orientation == inspect(content).orientation
    assert np.abs(seen(content).astype(int) - PIXELS).mean() < 6


def test_kinds__have_names_of_their_own() -> None:
    assert len(kinds()) == len({kind.name for kind in kinds()})


def test_scene__has_no_symmetry() -> None:
    turned = [np.flipud(PIXELS), np.fliplr(PIXELS), PIXELS[::-1, ::-1], PIXELS[..., ::-1]]
    assert not any(np.array_equal(PIXELS, other) for other in turned)


def test_finely_textured__neighbours_differ() -> None:
    flat = np.full((4, 4, 3), 128, np.uint8)
    assert {68, 188} == set(np.unique(finely_textured(flat)))


def test_standard_witnesses__are_the_same_every_time() -> None:
    assert standard_witnesses() == standard_witnesses()
