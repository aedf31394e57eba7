"""Subjects: the trained networks of the study, each behind preprocessing of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.false_alarms import networks
from benchmarks.false_alarms.networks import Builder
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section

_IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
_BASE: dict[str, Any] = {
    "orientation": "exif",
    "background": [255, 255, 255],
    "fit": "long_side_pad",
    "size": [32, 32],
    "resize_ratio": 1.0,
    "pad_colour": [255, 255, 255],
    "channels": 3,
    "filter": "bilinear",
    "clamp": True,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
}
FEW = 10
MANY = 1000


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One network to be trained, and what it is fed with."""

    name: str
    build: Builder
    settings: PreprocessSettings
    classes: int = FEW
    epochs: int = 10
    pictures: int = 400
    """Trained on so many."""
    seed: int = 0
    shipped: bool = False
    """The repository's own network and weights: nothing is trained."""

    @property
    def side(self) -> int:
        """The longer one of its input."""
        return max(self.settings.size)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The ten digits, and names that no picture has."""
        return tuple(str(number) for number in range(self.classes))


def subjects(seeds: int) -> tuple[Subject, ...]:
    """The repository's own, and each kind of subject, trained with so many seeds."""
    own = Subject(
        name="00-the-repository's-own",
        build=networks.project,
        settings=read_section(PreprocessSettings),
        shipped=True,
    )
    trained = (
        _seeded(kind, number, seed) for seed in range(seeds) for number, kind in enumerate(_KINDS)
    )
    return (own, *trained)


def _seeded(kind: dict[str, Any], number: int, seed: int) -> Subject:
    rest = {
        name: value for name, value in kind.items() if name in ("classes", "epochs", "pictures")
    }
    changes = {name: value for name, value in kind.items() if name in _BASE}
    settings = PreprocessSettings(**{**_BASE, **changes})
    height, width = settings.size
    build: Builder = kind["build"]
    name = f"{number + 1:02}-{build.__name__}-{height}x{width}-{settings.fit}-{seed}"
    # Seeds apart for every network: none shares its beginning with another
    return Subject(name=name, build=build, settings=settings, seed=100 * seed + number + 1, **rest)


_KINDS: tuple[dict[str, Any], ...] = (
    {"build": networks.project},
    {
        "build": networks.project,
        "size": [64, 64],
        "channels": 1,
        "fit": "pad",
        "filter": "bicubic",
        "clamp": False,
        "mean": [0.1307],
        "std": [0.3081],
    },
    {
        "build": networks.project,
        "size": [224, 224],
        "fit": "short_side_crop",
        "resize_ratio": 256 / 224,
        "pictures": 80,
        "epochs": 4,
        **_IMAGENET,
    },
    {"build": networks.plain, "fit": "crop"},
    {
        "build": networks.plain,
        "size": [64, 64],
        "fit": "two_pass_pad",
        "resize_ratio": 1.25,
        "filter": "bicubic",
        "pictures": 200,
    },
    {"build": networks.depthwise, "size": [64, 64], "fit": "stretch", "epochs": 6, **_IMAGENET},
    {
        "build": networks.depthwise,
        "size": [47, 61],
        "channels": 1,
        "mean": [0.0],
        "std": [1.0],
        "pad_colour": [0, 0, 0],
        "epochs": 6,
    },
    {
        "build": networks.attention,
        "size": [64, 64],
        "fit": "short_side_crop",
        "filter": "bicubic",
        "epochs": 14,
    },
    {
        "build": networks.attention,
        "size": [224, 224],
        "fit": "stretch",
        "pictures": 100,
        "epochs": 6,
        **_IMAGENET,
    },
    {"build": networks.residual, "fit": "pad", "pad_colour": [124, 116, 104], "epochs": 5},
    {
        "build": networks.residual,
        "size": [64, 64],
        "filter": "bicubic",
        "clamp": False,
        "pictures": 150,
        "epochs": 4,
        # Grey levels as they are, less their mean, as older networks want them
        "mean": [0.408, 0.458, 0.482],
        "std": [1 / 255] * 3,
    },
    {"build": networks.dense, "fit": "stretch", "classes": MANY},
    {"build": networks.modern, "size": [96, 96], "fit": "crop", "pictures": 150, "epochs": 8},
    {"build": networks.modern, "size": [32, 32], "fit": "two_pass_pad", "resize_ratio": 2.0},
)
