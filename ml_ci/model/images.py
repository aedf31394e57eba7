"""Labelled images in memory: what training and evaluation are given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3), RGB


@dataclass(frozen=True, kw_only=True)
class LabelledImages:
    """Images of any sizes with the index of each one's class."""

    names: tuple[str, ...]
    """One per image, for people: usually its path."""
    images: tuple[Image, ...]
    """uint8 H×W×3, oriented and flattened: the rung `image`."""
    labels: NDArray[np.int64]
    """(N,): position in the sorted class names."""

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.images) == len(self.labels):
            raise ValueError(
                f"{len(self.names)} names, {len(self.images)} images, {len(self.labels)} labels"
            )

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of names, labels and pixels: the same images give the same hash anywhere."""
        digest = hashlib.sha256()
        for name, image, label in zip(self.names, self.images, self.labels, strict=True):
            digest.update(f"{name}\0{label}\0{image.shape}\0".encode())
            digest.update(np.ascontiguousarray(image).data)
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.images)
