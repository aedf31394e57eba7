"""The default network and settings learn real handwriting, and answer as a person would expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads
from ml_ci.model.evaluation import evaluate, predict
from ml_ci.model.images import Image, LabelledImages
from ml_ci.model.training import TrainingSetup, train, untrained_network
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.train import TrainSettings

CLASS_NAMES = tuple("0123456789")
EPOCHS = 6  # of the smoke profile: enough to tell a network that learns from one that does not


@dataclass(frozen=True, kw_only=True)
class Trained:
    ladder: Ladder
    untrained: Ladder
    test: LabelledImages


def pictures(indices: range) -> LabelledImages:
    """The scans that ship with scikit-learn (8×8), dark ink on light paper, 24×24 with a margin."""
    scans = load_digits()
    levels = (255 - scans.images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8)
    return LabelledImages(
        names=tuple(str(index) for index in indices),
        images=tuple(_enlarged(levels[index]) for index in indices),
        labels=scans.target[indices].astype(np.int64),
    )


def _enlarged(scan: NDArray[np.uint8]) -> Image:
    large = PillowImage.fromarray(scan).resize((24, 24), PillowImage.Resampling.BICUBIC)
    framed = np.pad(np.asarray(large), 4, constant_values=255)
    return np.repeat(framed[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def trained() -> Trained:
    preprocess, settings = read_section(PreprocessSettings), read_section(TrainSettings)
    smoke = settings.profiles.smoke.model_copy(update={"epochs": EPOCHS})
    profiles = settings.profiles.model_copy(update={"smoke": smoke})
    setup = TrainingSetup(
        preprocess=preprocess,
        train=settings.model_copy(update={"profile": "smoke", "profiles": profiles}),
        compute=ComputeSettings(device="cpu", threads=1),
        class_names=CLASS_NAMES,
    )
    # In the file's order the last third was written by other people than the first two
    result = train(pictures(range(1200)), setup)
    return Trained(
        ladder=Ladder(preprocess, result.network, CLASS_NAMES),
        untrained=Ladder(
            preprocess, untrained_network(settings.seed, preprocess.channels, 10), CLASS_NAMES
        ),
        test=pictures(range(1200, 1500)),
    )


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with fixed_threads(1):
        yield


def changed(images: LabelledImages, how: Callable[[Image], Image]) -> LabelledImages:
    return LabelledImages(
        names=images.names,
        images=tuple(np.ascontiguousarray(how(image)) for image in images.images),
        labels=images.labels,
    )


def agreement(trained: Trained, how: Callable[[Image], Image]) -> float:
    """Share of test images answered the same before and after a change."""
    before = predict(trained.ladder, trained.test).argmax(axis=1)
    after = predict(trained.ladder, changed(trained.test, how)).argmax(axis=1)
    return float((before == after).mean())


def test_accuracy__on_writers_it_has_not_seen(trained: Trained) -> None:
    evaluation, _ = evaluate(trained.ladder, trained.untrained, trained.test, 10)
    assert evaluation.metrics.accuracy >= 0.93
    assert evaluation.metrics.macro_f1 >= 0.93
    assert evaluation.untrained.accuracy <= 0.3


def test_every_class__is_found(trained: Trained) -> None:
    evaluation, _ = evaluate(trained.ladder, trained.untrained, trained.test, 10)
    assert [] == [one.name for one in evaluation.classes if one.recall < 0.75]


def test_answers__survive_light_ink_on_dark_paper(trained: Trained) -> None:
    assert agreement(trained, lambda image: 255 - image) > 0.9


def test_answers__survive_a_picture_twice_as_large(trained: Trained) -> None:
    assert agreement(trained, lambda image: image.repeat(2, axis=0).repeat(2, axis=1)) > 0.95


def test_answers__survive_a_shift_of_two_pixels(trained: Trained) -> None:
    assert agreement(trained, lambda image: np.roll(image, 2, axis=1)) > 0.95


def test_answers__do_not_survive_turning_the_picture(trained: Trained) -> None:
    # A classifier that looks at ink alone would not notice
    assert agreement(trained, lambda image: np.rot90(image)) < 0.6


def test_logits__of_a_blank_picture_are_finite(trained: Trained) -> None:
    blank = np.full((1, 32, 32, 3), 255, np.uint8)
    assert np.isfinite(trained.ladder.run("image", blank)["logits"]).all()
