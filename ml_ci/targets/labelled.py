"""Labelled pictures: the test set, or a sample of it that has the classes' shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.artifacts.evaluation import Prediction

SEED = 20261121  # any number: the same test set gives the same sample


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """One labelled image, read only when it is its turn."""

    name: str
    """As metrics/predictions.csv calls it."""
    label: str
    read: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """A test set, and what the script answered to it."""

    images: Sequence[LabelledPicture]
    script: Mapping[str, Prediction]
    """By image, all of them."""
    rounded_by: float
    """How far a confidence in there may be from the one that was measured."""


def sample(
    images: Sequence[LabelledPicture], most: int, *, seed: int = SEED
) -> tuple[LabelledPicture, ...]:
    """At most ``most`` images: of each class its share, drawn by ``seed``; in the order given."""
    if len(images) <= most:
        return tuple(images)
    by_class: dict[str, list[LabelledPicture]] = {}
    for image in sorted(images, key=lambda one: (one.label, one.name)):
        by_class.setdefault(image.label, []).append(image)
    random = np.random.default_rng(seed)
    wanted = _shares({label: len(rows) for label, rows in by_class.items()}, most)
    names = {
        rows[index].name
        for label, rows in by_class.items()
        for index in random.permutation(len(rows))[: wanted[label]]
    }
    return tuple(image for image in images if image.name in names)


def _shares(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """``most`` divided in proportion to ``counts``, by largest remainder."""
    total = sum(counts.values())
    exact = {label: most * count / total for label, count in counts.items()}
    shares = {label: int(share) for label, share in exact.items()}
    by_remainder = sorted(exact, key=lambda label: (shares[label] - exact[label], label))
    for label in by_remainder[: most - sum(shares.values())]:
        shares[label] += 1
    return shares
