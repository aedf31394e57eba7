"""The reference's steps one at a time: the same as the ladder, and refusals instead of crashes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ml_ci.model.classifier import Ladder
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.parity.executor import Executor, StepError, climb
from tests.builders.images import RULE, encoded, picture, with_orientation
from tests.builders.model import ladder

FLOATS = ("resized", "tensor", "logits", "probabilities")


@pytest.fixture(scope="module")
def eager() -> Ladder:
    return ladder()


@pytest.fixture(scope="module")
def steps(eager: Ladder) -> Executor:
    return ReferenceSteps(eager, RULE, lambda name: name.encode(), StepError)


def test_step__is_the_ladder_s(eager: Ladder, steps: Executor) -> None:
    image = picture()[None]
    expected = eager.run("image", image)
    for below, step in zip(("image", *FLOATS[:-1]), FLOATS, strict=True):
        given = image if below == "image" else expected[below]
        assert np.array_equal(expected[step], steps.step(step, given, exact=False))


def test_step__exact_is_float64(steps: Executor) -> None:
    assert np.float64 == steps.step("resized", picture()[None], exact=True).dtype


def test_climb__of_a_batch_is_that_of_each(eager: Ladder, steps: Executor) -> None:
    two = np.stack([picture(0), picture(1)])

    both = climb(steps, "image", two, "logits", exact=False, changes={})

    each = [eager.run("image", one[None])["logits"][0] for one in two]
    assert np.allclose(both, each, rtol=0, atol=1e-4)


def test_climb__changes_what_stands_in_between_and_not_the_end(steps: Executor) -> None:
    halved = {name: (lambda values: values / 2) for name in ("tensor", "logits")}
    image = picture()[None]
    tensor = climb(steps, "image", image, "tensor", exact=True, changes={})

    found = climb(steps, "image", image, "logits", exact=True, changes=halved)

    assert np.array_equal(steps.step("logits", tensor / 2, exact=True), found)


def test_step__takes_whole_numbers_and_half_precision(eager: Ladder, steps: Executor) -> None:
    resized = np.rint(eager.run("image", picture()[None])["resized"])
    expected = steps.step("tensor", resized, exact=True)
    for kind in (np.uint8, np.float16, np.float64):
        assert np.array_equal(expected, steps.step("tensor", resized.astype(kind), exact=True))


def test_step__takes_one_channel_without_its_axis() -> None:
    grey = ladder(channels=1, mean=[0.5], std=[0.25])
    steps = ReferenceSteps(grey, RULE, lambda name: name.encode(), StepError)
    tensor = grey.run("image", picture()[None])["tensor"]  # (1, 1, S, S)

    expected, found = (steps.step("logits", one, exact=True) for one in (tensor, tensor[:, 0]))

    assert np.array_equal(expected, found)


def test_step__refuses_what_the_network_does_not_take(steps: Executor) -> None:
    with pytest.raises(StepError, match="`logits` cannot be made of float64 1×2×5"):
        steps.step("logits", np.zeros((1, 2, 5)), exact=True)


def test_decode__gives_pixels_and_mode(steps: Executor) -> None:
    pixels, mode = steps.decode(encoded(Image.fromarray(picture()), "PNG"))
    assert ("RGB", picture().tolist()) == (mode, pixels.tolist())


def test_decode__refuses_what_is_no_image(steps: Executor) -> None:
    with pytest.raises(StepError):
        steps.decode(b"no image")


def test_flatten__of_pixels_without_a_mode_goes_by_their_channels(steps: Executor) -> None:
    content = with_orientation(Image.fromarray(picture()), "JPEG", 3)
    grey = picture()[..., :1]

    found = steps.flatten(grey, None, content)

    assert np.array_equal(np.repeat(grey, 3, axis=2)[::-1, ::-1], found)


def test_flatten__refuses_five_channels(steps: Executor) -> None:
    content = encoded(Image.fromarray(picture()), "PNG")
    with pytest.raises(StepError, match="such pixels cannot be flattened"):
        steps.flatten(np.zeros((2, 2, 5), np.uint8), None, content)


def test_sent__is_what_the_name_stands_for(steps: Executor) -> None:
    assert b"a.png" == steps.sent("a.png")
