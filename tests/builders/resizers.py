"""Resizing as others write it, apart from the catalogue: Pillow, torch and plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import RESIZED
from tests.builders.faults import evidence, explaining
from tests.builders.model import PAD_COLOUR

SIDE = 16
Written = Callable[[NDArray[np.uint8]], NDArray[Any]]
"""What a server has in the place of the step: uint8 (H, W, 3) → (C, S, S)."""
SHOWN = ("wide.png", "tall.png", "wide 4:2:0.jpg", "tall 4:4:4.jpg", "turned.jpg", "small.png")


def by_torch(image: NDArray[Any], size: tuple[int, int], **asked: Any) -> NDArray[np.float32]:
    """(H, W, 3) → (3, *size) by ``interpolate``."""
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float()
    resized: NDArray[np.float32] = functional.interpolate(pixels, size=size, **asked)[0].numpy()
    return resized


def smooth(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """As the reference resizes: bilinear, antialiased."""
    return by_torch(image, size, mode="bilinear", antialias=True)


def by_pillow(
    image: NDArray[np.uint8], size: tuple[int, int], filter_: Image.Resampling
) -> NDArray[np.float32]:
    """(H, W, 3) → (3, *size) in whole levels."""
    resized = Image.fromarray(image).resize((size[1], size[0]), filter_)
    return np.moveaxis(np.asarray(resized), 2, 0).astype(np.float32)


def contained(image: NDArray[Any], side: int = SIDE) -> tuple[int, int]:
    """The size of the picture when its long side is ``side``."""
    height, width = image.shape[:2]
    longest = max(height, width)
    return max(1, int(height * side / longest + 0.5)), max(1, int(width * side / longest + 0.5))


def lettered(
    fitted: NDArray[Any],
    colour: tuple[float, ...] = PAD_COLOUR,
    corner: tuple[int, int] | None = None,
) -> NDArray[np.float32]:
    """(3, h, w) on a square of ``colour``; in the middle unless ``corner`` says where."""
    height, width = fitted.shape[1:]
    square = np.empty((3, SIDE, SIDE), np.float32)
    square[:] = np.array(colour, np.float32)[:, None, None]
    top, left = corner or ((SIDE - height) // 2, (SIDE - width) // 2)
    square[:, top : top + height, left : left + width] = fitted
    return square


def seen(reference: Reference, written: Written | None, shown: Iterable[str] = SHOWN) -> Evidence:
    """What a target that resizes as ``written`` shows; None: as it should."""
    if written is None:
        return evidence(reference, RESIZED.name, None, shown)
    return evidence(reference, RESIZED.name, lambda image, _: written(image), shown)


def named(
    fault: str, reference: Reference, written: Written | None, shown: Iterable[str] = SHOWN
) -> list[Variant]:
    """Those variants of ``fault`` that explain it."""
    return explaining(fault_of(fault), seen(reference, written, shown), reference)
