"""A few epochs on little data: it learns, it repeats bit for bit, it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ml_ci.errors import UserError
from ml_ci.model import training
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads
from ml_ci.model.evaluation import evaluate
from ml_ci.model.images import LabelledImages
from ml_ci.model.training import (
    Epoch,
    TrainingResult,
    TrainingSetup,
    preprocessed,
    train,
    untrained_network,
)
from ml_ci.model.weights import load_weights, save_weights
from ml_ci.params.train import Augmentation
from tests.builders.model import CLASS_NAMES, profiles, setup, stripes, weights_card
from tests.builders.network import build_network

STILL = Augmentation(rotate_degrees=0.0, shift=0.0, scale=0.0)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    with fixed_threads(1):
        yield


@pytest.fixture(autouse=True, scope="module")
def _network_of_the_tests() -> Iterator[None]:
    """The user's network.py may want another size, or learn other things than stripes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "build_network", build_network)
        yield


@pytest.fixture(scope="module")
def learnt() -> TrainingResult:
    return train(stripes(96), setup(profiles=profiles(epochs=8)))


def ladder(network: nn.Module) -> Ladder:
    return Ladder(setup().preprocess, network, CLASS_NAMES)


def weights_bytes(
    folder: Path, chosen: TrainingSetup, images: LabelledImages | None = None
) -> bytes:
    result = train(images or stripes(), chosen)
    path = folder / "weights.safetensors"
    save_weights(path, result.network, weights_card())
    return path.read_bytes()


def test_loss__falls(learnt: TrainingResult) -> None:
    assert learnt.loss_after < learnt.loss_before / 2
    assert learnt.epochs[-1].loss < learnt.epochs[0].loss


def test_trained__beats_untrained_on_images_it_has_not_seen(learnt: TrainingResult) -> None:
    untrained = untrained_network(3, 3, 2)
    evaluation, _ = evaluate(
        ladder(learnt.network), ladder(untrained), stripes(60, seed=1), calibration_bins=5
    )
    assert evaluation.metrics.accuracy > 0.9
    assert evaluation.untrained.accuracy < 0.7


def test_weights__saved_and_loaded_give_the_same_answers(
    learnt: TrainingResult, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    save_weights(path, learnt.network, weights_card())
    network = build_network(3, 2)
    load_weights(path, network, CLASS_NAMES)
    image = stripes(1).images[0][None]
    expected, actual = (
        ladder(one).run("image", image)["logits"] for one in (learnt.network, network)
    )
    assert expected.tolist() == actual.tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_training__twice_gives_the_same_bytes(threads: int, tmp_path: Path) -> None:
    chosen = setup()
    chosen = TrainingSetup(
        preprocess=chosen.preprocess,
        train=chosen.train,
        compute=chosen.compute.model_copy(update={"threads": threads}),
        class_names=chosen.class_names,
    )
    first = weights_bytes(tmp_path, chosen, stripes(24))
    torch.rand(7)  # whatever happened before in the process must not matter
    assert first == weights_bytes(tmp_path, chosen, stripes(24))


def test_training__does_not_depend_on_how_many_samples_are_kept(tmp_path: Path) -> None:
    few, many = (weights_bytes(tmp_path, setup(kept_samples=count)) for count in (0, 40))
    assert few == many


@pytest.mark.parametrize(
    "change",
    [{"seed": 4}, {"augmentation": STILL}, {"profiles": profiles(epochs=5)}],
    ids=["seed", "augmentation", "epochs"],
)
def test_training__depends_on_every_setting(change: dict[str, object], tmp_path: Path) -> None:
    assert weights_bytes(tmp_path, setup()) != weights_bytes(tmp_path, setup(**change))


def test_training__leaves_threads_and_random_state_as_they_were() -> None:
    with fixed_threads(2):
        before = torch.random.get_rng_state()
        train(stripes(), setup())
        assert 2 == torch.get_num_threads()
        assert torch.equal(before, torch.random.get_rng_state())


def test_training__tells_watchers_each_epoch_in_turn(learnt: TrainingResult) -> None:
    seen: list[Epoch] = []
    result = train(stripes(), setup(), [seen.append])
    assert (list(result.epochs), [1, 2, 3, 4]) == (seen, [epoch.number for epoch in seen])


def test_untrained__is_the_network_training_starts_from(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Tensor] = []

    def build(channels: int, classes: int) -> nn.Module:
        network = build_network(channels, classes)
        started.append(next(network.parameters()).detach().clone())
        return network

    monkeypatch.setattr(training, "build_network", build)
    train(stripes(), setup())
    untrained_network(3, 3, 2)
    assert torch.equal(started[0], started[1])


def entering(monkeypatch: pytest.MonkeyPatch, chosen: TrainingSetup, draws: int) -> list[Tensor]:
    """Every picture that enters a network in training mode, in order: first the 48 of the loss
    before training, then the first epoch. The network draws ``draws`` random numbers per batch."""
    entered: list[Tensor] = []

    def note(module: nn.Module, given: tuple[Tensor]) -> None:
        torch.rand(draws)
        if module.training:
            entered.extend(given[0].clone())

    def build(channels: int, classes: int) -> nn.Module:
        network = build_network(channels, classes)
        network.register_forward_pre_hook(note)
        return network

    monkeypatch.setattr(training, "build_network", build)
    train(stripes(), chosen)
    return entered


def test_kept__is_what_entered_the_network_after_augmentation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = {row.numpy().tobytes() for row in entering(monkeypatch, setup(), 0)[48:96]}
    kept = _kept(train(stripes(), setup()))
    assert [] == [name for name, row in kept.items() if row.tobytes() not in found]


def test_order__does_not_depend_on_the_network_drawing_random_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = (entering(monkeypatch, setup(), draws)[48:] for draws in (0, 9))
    assert torch.equal(torch.stack(few), torch.stack(many))


def test_kept__differs_from_the_pictures_where_augmentation_is_on() -> None:
    untouched = preprocessed(stripes(), setup().preprocess).numpy()
    kept = _kept(train(stripes(), setup()))
    same = [name for name, row in kept.items() if np.allclose(row, untouched[int(name[:3])])]
    assert ([], 8) == (same, len(kept))


def test_kept__belongs_to_its_names_and_labels() -> None:
    images = stripes()
    result = train(images, setup(augmentation=STILL, kept_samples=20))
    indices = [images.names.index(name) for name in result.kept.names]
    assert sorted(indices) == indices
    assert images.labels[indices].tolist() == result.kept.labels.tolist()
    expected = preprocessed(images, setup().preprocess).numpy()[indices]
    np.testing.assert_allclose(result.kept.inputs, expected, atol=1e-5)


@pytest.mark.parametrize(("asked", "expected"), [(0, 0), (5, 5), (1000, 48)])
def test_kept__is_bounded(asked: int, expected: int) -> None:
    kept = train(stripes(), setup(kept_samples=asked)).kept
    assert (expected, 3, 16, 16) == kept.inputs.shape


def test_result__is_in_eval_mode(learnt: TrainingResult) -> None:
    assert not learnt.network.training


def test_training__that_does_not_learn_says_so() -> None:
    with pytest.raises(UserError, match="the loss on the training images did not fall"):
        train(stripes(), setup(profiles=profiles(learning_rate=1e-30)))


def test_training__whose_loss_explodes_says_when() -> None:
    with pytest.raises(UserError, match=r"the training loss became (nan|inf) in epoch \d"):
        train(stripes(), setup(profiles=profiles(learning_rate=1e30)))


@pytest.mark.parametrize("answer", [nn.Linear(768, 3), nn.Linear(768, 2).double()])
def test_training__refuses_a_network_that_breaks_its_contract(
    answer: nn.Linear, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Network(nn.Module):
        def forward(self, tensor: Tensor) -> Tensor:
            logits: Tensor = answer(tensor.flatten(1).to(answer.weight.dtype))
            return logits

    def build(channels: int, classes: int) -> nn.Module:
        return Network()

    # As a user replaces network.py
    monkeypatch.setattr(training, "build_network", build)
    with pytest.raises(UserError, match=r"float32 \(1, 2\) was expected"):
        train(stripes(), setup())


def _kept(result: TrainingResult) -> dict[str, np.ndarray]:
    return dict(zip(result.kept.names, result.kept.inputs, strict=True))
