"""Training: labelled images in, a trained network out, the same bits for the same seed.

Images are preprocessed once by the module that is exported later; augmentation then acts on what
would enter the network. What really entered it in the first epoch is kept for people to look at.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml_ci.errors import UserError
from ml_ci.model.augmentation import Augmenter
from ml_ci.model.compute import choose_device, fixed_threads, repeatable
from ml_ci.model.images import LabelledImages
from ml_ci.model.network import build_network
from ml_ci.model.preprocess import Preprocess
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.train import TrainSettings

# Apart, so that keeping more samples or augmenting less does not shuffle differently
SHUFFLE_STREAM, AUGMENTATION_STREAM, SAMPLE_STREAM = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch measured while training, on augmented images with dropout."""

    number: int
    """1-based."""
    loss: float
    """Mean cross-entropy, nats."""
    accuracy: float
    """Share of right answers, 0–1."""


@dataclass(frozen=True, kw_only=True)
class KeptSamples:
    """A random sample of what entered the network in the first epoch, after augmentation."""

    names: tuple[str, ...]
    inputs: NDArray[np.float32]
    """N×C×S×S, normalised."""
    labels: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """A trained network, in eval mode on the CPU, and how it came about."""

    network: nn.Module
    epochs: tuple[Epoch, ...]
    loss_before: float
    """Of the untrained network in training mode on the images, without augmentation, nats."""
    loss_after: float
    kept: KeptSamples
    device: str


@dataclass(frozen=True, kw_only=True)
class TrainingSetup:
    """The settings that decide the outcome of a training."""

    preprocess: PreprocessSettings
    train: TrainSettings
    compute: ComputeSettings
    class_names: tuple[str, ...]


EpochWatcher = Callable[[Epoch], None]


def train(
    images: LabelledImages, setup: TrainingSetup, watchers: Sequence[EpochWatcher] = ()
) -> TrainingResult:
    """Train the network of network.py; ``watchers`` are called after each epoch.

    Raises UserError when the loss is not finite or is no lower afterwards than before, and when
    the network breaks its contract.
    """
    device = choose_device(setup.compute.device)
    with fixed_threads(setup.compute.threads), repeatable(setup.train.seed):
        inputs = preprocessed(images, setup.preprocess).to(device)  # (N, C, S, S)
        labels = torch.from_numpy(images.labels).to(device)  # (N,)
        network = build_network(setup.preprocess.channels, len(setup.class_names)).to(device)
        _check_contract(network, inputs, len(setup.class_names))
        before = _loss(network, inputs, labels, setup.train.seed)
        run = _Run(network=network, inputs=inputs, labels=labels, settings=setup.train)
        epochs = tuple(_watched(run, setup.train.chosen.epochs, watchers))
        after = _loss(network, inputs, labels, setup.train.seed)
        _check_fell(before, after)
    return TrainingResult(
        network=network.cpu().eval(),
        epochs=epochs,
        loss_before=before,
        loss_after=after,
        kept=run.kept(images.names),
        device=device.type,
    )


def untrained_network(seed: int, channels: int, classes: int) -> nn.Module:
    """The network ``train`` starts from, in eval mode: the same seed gives the same weights."""
    with repeatable(seed):
        return build_network(channels, classes).eval()


def preprocessed(images: LabelledImages, settings: PreprocessSettings) -> Tensor:
    """What enters the network, N×C×S×S float32 on the CPU; all of it has to fit into memory."""
    module = Preprocess(settings).eval()
    with torch.no_grad():
        # One by one: sizes differ, and a picture's bits must not depend on its neighbours
        tensors = [module(torch.tensor(image[None]))[1] for image in images.images]
    return torch.cat(tensors)


class _Run:
    """The state of one training: network, optimiser, random streams, samples kept so far."""

    def __init__(
        self, *, network: nn.Module, inputs: Tensor, labels: Tensor, settings: TrainSettings
    ) -> None:
        self._network, self._inputs, self._labels = network, inputs, labels
        self._profile = settings.chosen
        batches = math.ceil(len(inputs) / self._profile.batch_size)
        self._optimiser = torch.optim.AdamW(
            network.parameters(),
            lr=self._profile.learning_rate,
            weight_decay=self._profile.weight_decay,
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser,
            max_lr=self._profile.learning_rate,
            total_steps=batches * self._profile.epochs,
        )
        self._shuffling = _generator(settings.seed, SHUFFLE_STREAM)
        self._augment = Augmenter(
            settings.augmentation,
            seed=_generator(settings.seed, AUGMENTATION_STREAM).initial_seed(),
        )
        sampling = _generator(settings.seed, SAMPLE_STREAM)
        chosen = torch.randperm(len(inputs), generator=sampling)[: settings.kept_samples]
        self._to_keep = set(chosen.tolist())
        self._kept: dict[int, Tensor] = {}

    def epoch(self, number: int) -> Epoch:
        """One pass over all images in a new random order."""
        self._network.train()
        order = torch.randperm(len(self._inputs), generator=self._shuffling)  # (N,)
        loss_sum = right = 0.0
        for chosen in torch.split(order, self._profile.batch_size):  # (B,)
            inputs = self._augment(self._inputs[chosen])  # (B, C, S, S)
            if number == 1:
                self._keep(chosen, inputs)
            loss, hits = self._batch(inputs, self._labels[chosen], number)
            loss_sum += loss * len(chosen)
            right += hits
        count = len(self._inputs)
        return Epoch(number=number, loss=loss_sum / count, accuracy=right / count)

    def kept(self, names: tuple[str, ...]) -> KeptSamples:
        """The samples of the first epoch, in the order of the training images."""
        indices = sorted(self._kept)
        shape = (0, *self._inputs.shape[1:])
        inputs = [self._kept[index].numpy() for index in indices]
        return KeptSamples(
            names=tuple(names[index] for index in indices),
            inputs=np.stack(inputs) if inputs else np.zeros(shape, np.float32),
            labels=self._labels.cpu().numpy()[indices],
        )

    def _batch(self, inputs: Tensor, labels: Tensor, number: int) -> tuple[float, int]:
        logits = self._network(inputs)  # (B, K)
        loss = functional.cross_entropy(logits, labels)
        if not math.isfinite(loss.item()):
            raise UserError(
                what=f"the training loss became {loss.item()} in epoch {number}",
                where="params.yaml: train",
                fix="lower `learning_rate` of the profile, and look at the first epoch's "
                "contact sheet and at `preprocess` mean and std for values that explode",
            )
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._schedule.step()
        return loss.item(), int((logits.argmax(dim=1) == labels).sum().item())

    def _keep(self, chosen: Tensor, inputs: Tensor) -> None:
        for row, index in enumerate(chosen.tolist()):
            if index in self._to_keep:
                self._kept[index] = inputs[row].detach().cpu().clone()


def _watched(run: _Run, epochs: int, watchers: Sequence[EpochWatcher]) -> list[Epoch]:
    measured = []
    for number in range(1, epochs + 1):
        measured.append(run.epoch(number))
        for watcher in watchers:
            watcher(measured[-1])
    return measured


def _generator(seed: int, stream: int) -> torch.Generator:
    """Independent numbers for each use of one seed (numpy's SeedSequence spreads them)."""
    state = np.random.SeedSequence([seed, stream]).generate_state(1, np.uint64)
    # torch takes int64 seeds
    return torch.Generator().manual_seed(int(state[0] >> np.uint64(1)))


def _loss(network: nn.Module, inputs: Tensor, labels: Tensor, seed: int) -> float:
    """Mean cross-entropy in training mode, with the same batches and dropout on every call.

    Not in eval mode: there batch normalisation's running averages alone lower the loss, although
    no step was taken.
    """
    probe = copy.deepcopy(network).train()  # a copy, as those averages move
    with repeatable(seed), torch.no_grad():
        order = torch.randperm(len(inputs))
        losses = [
            functional.cross_entropy(probe(inputs[part]), labels[part], reduction="sum").double()
            for part in torch.split(order, 256)
        ]
    return torch.stack(losses).sum().item() / len(inputs)


def _check_contract(network: nn.Module, inputs: Tensor, classes: int) -> None:
    network.eval()
    with torch.no_grad():
        logits = network(inputs[:1])
    if logits.shape != (1, classes) or logits.dtype != torch.float32:
        raise UserError(
            what=f"the network answers {logits.dtype} {tuple(logits.shape)} to one image; "
            f"float32 (1, {classes}) was expected",
            where="build_network in ml_ci/model/network.py",
            fix="return logits N×K, one per class",
        )


def _check_fell(before: float, after: float) -> None:
    if not after < before:  # NaN is no fall either
        raise UserError(
            what=f"the loss on the training images did not fall: {before:.4g} before, "
            f"{after:.4g} after training",
            where="params.yaml: train",
            fix="train for more epochs or change `learning_rate`; on the first epoch's contact "
            "sheet, check that labels and pictures belong together",
        )
