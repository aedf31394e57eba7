"""What we expect of the trained model and its network beyond good metrics: digits, as shipped.

Yours to rewrite for your images: keep what your model should survive too, drop the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import nn

from ml_ci.artifacts import paths
from ml_ci.data.rule import decode_rule
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads
from ml_ci.model.evaluation import evaluate, predict
from ml_ci.model.images import Image, LabelledImages
from ml_ci.model.network import build_network
from ml_ci.model.training import untrained_network
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.stages.loading import TrainedModel, load_split, load_trained

MOST_BYTES = 300_000  # of the weights: pulled on every pull request


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    """The weights that ship."""
    if not paths.WEIGHTS.exists():
        pytest.skip("no weights here and none in the data remote: `make repro` trains them")
    return load_trained(read_section(PreprocessSettings))


@pytest.fixture(scope="module")
def ladder(trained: TrainedModel) -> Ladder:
    return trained.ladder()


@pytest.fixture(scope="module")
def tested(trained: TrainedModel) -> LabelledImages:
    rule = decode_rule(trained.preprocess, read_section(LimitSettings))
    return load_split(paths.TEST, rule, trained.card.class_names)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    with fixed_threads(1):
        yield


def agreement(ladder: Ladder, images: LabelledImages, how: Callable[[Image], Image]) -> float:
    """Share of images answered the same before and after a change."""
    changed = LabelledImages(
        names=images.names,
        images=tuple(np.ascontiguousarray(how(image)) for image in images.images),
        labels=images.labels,
    )
    before, after = (predict(ladder, each).argmax(axis=1) for each in (images, changed))
    return float((before == after).mean())


def test_classes__are_all_found_after_training_and_not_before(
    trained: TrainedModel, ladder: Ladder, tested: LabelledImages
) -> None:
    names = trained.card.class_names
    untrained = untrained_network(trained.card.seed, trained.preprocess.channels, len(names))
    before = Ladder(trained.preprocess, untrained, names)
    evaluation, _ = evaluate(ladder, before, tested, 10)
    assert [] == [one.name for one in evaluation.classes if one.recall < 0.85]
    assert evaluation.untrained.accuracy <= 0.3


def test_answers__survive_light_ink_on_dark_paper(ladder: Ladder, tested: LabelledImages) -> None:
    assert agreement(ladder, tested, lambda image: 255 - image) > 0.9


def test_answers__survive_a_picture_twice_as_large(ladder: Ladder, tested: LabelledImages) -> None:
    twice = agreement(ladder, tested, lambda image: image.repeat(2, axis=0).repeat(2, axis=1))
    assert twice > 0.95


def test_answers__survive_a_shift_of_two_pixels(ladder: Ladder, tested: LabelledImages) -> None:
    assert agreement(ladder, tested, lambda image: np.roll(image, 2, axis=1)) > 0.95


def test_answers__do_not_survive_turning_the_picture(
    ladder: Ladder, tested: LabelledImages
) -> None:
    # A classifier that looks at ink alone would not notice
    assert agreement(ladder, tested, lambda image: np.rot90(image)) < 0.6


def test_logits__of_a_blank_picture_are_finite(ladder: Ladder) -> None:
    blank = np.full((1, 32, 32, 3), 255, np.uint8)
    assert np.isfinite(ladder.run("image", blank)["logits"]).all()


@pytest.mark.parametrize("side", [8, 32, 45, 224])
@pytest.mark.parametrize("channels", [1, 3])
def test_network__takes_any_side(side: int, channels: int) -> None:
    network = build_network(channels, 7).eval()
    assert (2, 7) == tuple(network(torch.zeros(2, channels, side, side)).shape)


def test_network__is_small_enough_to_be_pulled_on_every_pull_request() -> None:
    numbers = sum(tensor.numel() for tensor in build_network(3, 10).state_dict().values())
    assert MOST_BYTES > 4 * numbers


def test_network__sees_no_polarity_away_from_the_border() -> None:
    # Dark ink on light paper or the other way round: only zero padding can tell, so none is met
    layers = list(build_network(3, 10).eval().children())
    stem = nn.Sequential(*layers[:3])
    image = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(stem(image), stem(-image))
