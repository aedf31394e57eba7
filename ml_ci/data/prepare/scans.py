"""The scanned digits: 1 797 of them, split once and for all into training and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

SEED = 20_260_101
TRAIN_COUNT = 1400


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One handwritten digit: 8×8 ink levels 0–16 and what it shows."""

    number: int
    label: str
    levels: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Every scan, in exactly one of the two."""

    train: tuple[Scan, ...]
    test: tuple[Scan, ...]


def read_scans() -> tuple[Scan, ...]:
    """The digits in scikit-learn's order."""
    digits = load_digits()
    return tuple(
        Scan(number=number, label=str(label), levels=image.astype(np.uint8))
        for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True))
    )


def split(scans: tuple[Scan, ...]) -> Split:
    """1 400 for training, the rest for testing, every class in the same proportion."""
    random = np.random.RandomState(SEED)  # its stream is frozen by NumPy's compatibility policy
    labels = sorted({scan.label for scan in scans})
    of_label = {label: [scan for scan in scans if scan.label == label] for label in labels}
    quota = _quota({label: len(of_label[label]) for label in labels})
    chosen: set[int] = set()
    for label in labels:
        order = random.permutation(len(of_label[label]))
        chosen.update(of_label[label][place].number for place in order[: quota[label]])
    return Split(
        train=tuple(scan for scan in scans if scan.number in chosen),
        test=tuple(scan for scan in scans if scan.number not in chosen),
    )


def _quota(counts: dict[str, int]) -> dict[str, int]:
    """How many of each class train, summing to TRAIN_COUNT (largest remainders, in integers)."""
    total = sum(counts.values())
    quota = {label: count * TRAIN_COUNT // total for label, count in counts.items()}
    by_remainder = sorted(counts, key=lambda label: (-(counts[label] * TRAIN_COUNT % total), label))
    for label in by_remainder[: TRAIN_COUNT - sum(quota.values())]:
        quota[label] += 1
    return quota
