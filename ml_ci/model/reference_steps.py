"""The reference's steps one at a time, for whoever wants to apply them to somebody else's rung.

It is what `ml_ci.parity` takes as its executor; parity itself knows no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded, DecodeRule, ImageError, image_from, read_image
from ml_ci.model.classifier import Ladder
from ml_ci.steps import LOGITS, RESIZED, TENSOR

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # by channels, where a decoder tells no mode


class ReferenceSteps:
    """Decoding, flattening and the ladder of one trained model.

    Methods raise ``refuse(sentence)`` where a step cannot be applied to what it is given.
    """

    def __init__(
        self,
        ladder: Ladder,
        rule: DecodeRule,
        sent: Callable[[str], bytes],
        refuse: type[Exception],
    ) -> None:
        """``sent`` gives the encoded image of a name; ``ladder`` is float32."""
        self._ladder = ladder
        self._exact = Ladder(
            ladder.settings, ladder.classifier.network, ladder.class_names, dtype=torch.float64
        )
        self._rule = rule
        self._sent = sent
        self._refuse = refuse

    def sent(self, image: str) -> bytes:
        """The encoded image as it is sent to every side."""
        return self._sent(image)

    def decode(self, content: bytes) -> tuple[NDArray[Any], str]:
        """`received` → `decoded`: pixels (H, W, C) and their mode."""
        try:
            decoded = read_image(content, self._rule).decoded
        except ImageError as error:
            raise self._refuse(str(error)) from None
        return decoded.pixels, decoded.mode

    def flatten(self, pixels: NDArray[Any], mode: str | None, content: bytes) -> NDArray[Any]:
        """`decoded` → `image`, uint8 (H, W, 3)."""
        try:
            decoded = Decoded(pixels=pixels, mode=mode or _mode_of(pixels))
            return image_from(decoded, content, self._rule)
        except (ImageError, KeyError, IndexError, ValueError) as error:
            raise self._refuse(f"such pixels cannot be flattened: {error}") from None

    def step(self, name: str, previous: NDArray[Any], *, exact: bool) -> NDArray[Any]:
        """A float step, (N, …) → (N, …); float64 when ``exact``."""
        ladder = self._exact if exact else self._ladder
        if name != RESIZED.name:
            previous = previous.astype(np.float64 if exact else np.float32, copy=False)
        if name in (TENSOR.name, LOGITS.name) and previous.ndim == 3:
            previous = previous[:, np.newaxis]  # (N, H, W), one channel → (N, 1, H, W)
        try:
            return ladder.step(name, previous)
        except (RuntimeError, ValueError, IndexError) as error:
            sides = "×".join(str(side) for side in previous.shape[1:])
            raise self._refuse(f"`{name}` cannot be made of {previous.dtype} {sides}") from error


def _mode_of(pixels: NDArray[Any]) -> str:
    mode = _MODES[pixels.shape[2] if pixels.ndim == 3 else 1]
    if pixels.dtype != np.uint16:
        return mode
    return "I;16" if mode == "L" else f"{mode};16"
