"""Settings, pictures and trainings small enough for tests of the model's side."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from ml_ci.model.classifier import Ladder
from ml_ci.model.images import Image, LabelledImages
from ml_ci.model.training import TrainingSetup
from ml_ci.model.weights import WeightsCard
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.train import Augmentation, Profile, Profiles, TrainSettings

CLASS_NAMES = ("down", "across")
FITS = ("stretch", "pad", "crop", "short_side_crop", "long_side_pad", "two_pass_pad")
PAD_COLOUR = (250, 10, 128)


def preprocess_settings(**changes: Any) -> PreprocessSettings:
    """16×16, every fit's parameters off their neutral values."""
    channels = changes.get("channels", 3)
    values: dict[str, Any] = {
        "orientation": "exif",
        "background": [255, 255, 255],
        "fit": "long_side_pad",
        "size": [16, 16],
        "resize_ratio": 1.25,
        "pad_colour": list(PAD_COLOUR),
        "channels": channels,
        "filter": "bilinear",
        "clamp": True,
        "mean": [0.4, 0.5, 0.6][:channels],
        "std": [0.2, 0.25, 0.3][:channels],
    }
    return PreprocessSettings(**(values | changes))


def train_settings(**changes: Any) -> TrainSettings:
    """Four short epochs, a little augmentation."""
    profile = Profile(epochs=4, batch_size=8, learning_rate=0.02, weight_decay=0.0)
    values: dict[str, Any] = {
        "source": "training",
        "profile": "smoke",
        "profiles": Profiles(smoke=profile, full=profile),
        "augmentation": Augmentation(rotate_degrees=5.0, shift=0.1, scale=0.1),
        "seed": 3,
        "kept_samples": 8,
    }
    return TrainSettings(**(values | changes))


def profiles(**changes: Any) -> Profiles:
    """Profiles whose `smoke` has ``changes``."""
    smoke = train_settings().profiles.smoke.model_copy(update=changes)
    return Profiles(smoke=smoke, full=smoke)


def setup(**train: Any) -> TrainingSetup:
    """One thread on the CPU."""
    return TrainingSetup(
        preprocess=preprocess_settings(pad_colour=[255, 255, 255]),
        train=train_settings(**train),
        compute=ComputeSettings(device="cpu", threads=1),
        class_names=CLASS_NAMES,
    )


def stripes(count: int = 48, seed: int = 0) -> LabelledImages:
    """Pictures of several sizes with stripes going down (0) or across (1), of either polarity."""
    random = np.random.default_rng(seed)
    images, labels = [], []
    for index in range(count):
        height, width = random.integers(12, 30, 2)
        colours = random.permutation([random.integers(0, 96, 3), random.integers(160, 256, 3)])
        label = index % 2
        along = np.arange(width)[None, :] if label == 0 else np.arange(height)[:, None]
        stripe = np.broadcast_to(along // 3 % 2, (height, width))
        images.append(colours.astype(np.uint8)[stripe])
        labels.append(label)
    return LabelledImages(
        names=tuple(f"{index:03}.png" for index in range(count)),
        images=tuple(images),
        labels=np.asarray(labels, np.int64),
    )


def noisy(height: int, width: int, seed: int = 0) -> Image:
    """uint8 H×W×3 of independent random levels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def small_network(channels: int = 3, classes: int = 2, seed: int = 0) -> nn.Module:
    """One convolution and a random head, in eval mode."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(channels, 4, 3, stride=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, classes),
        )
    return network.eval()


def ladder(**changes: Any) -> Ladder:
    """The small network behind ``preprocess_settings(**changes)``."""
    settings = preprocess_settings(**changes)
    return Ladder(settings, small_network(settings.channels), CLASS_NAMES)


def weights_card(**changes: Any) -> WeightsCard:
    """A card for ``small_network``."""
    values: dict[str, Any] = {
        "class_names": CLASS_NAMES,
        "channels": 3,
        "preprocess_sha256": "0" * 64,
        "data_sha256": "1" * 64,
        "profile": "smoke",
        "seed": 3,
        "device": "cpu",
        "torch_version": "2.13.0",
    }
    return WeightsCard(**(values | changes))
