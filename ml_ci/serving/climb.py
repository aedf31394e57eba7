"""The climb: from encoded bytes up the ladder, on one path for predictions and traces.

A trace tells what a prediction went through only as long as both take the same way up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import DecodeRule, read_image
from ml_ci.rung import Recorded, record_array, record_bytes
from ml_ci.serving.protocol import Prediction
from ml_ci.serving.session import ModelSession
from ml_ci.steps import DECODED, IMAGE, RECEIVED


@dataclass(frozen=True, kw_only=True)
class Climber:
    """What this server does with one image."""

    session: ModelSession
    rule: DecodeRule

    def predict(self, content: bytes) -> Prediction:
        """Label and probabilities of an encoded image. Raises ImageError when it is refused."""
        image, _ = self._enter(content, record=False)
        return self.session.predict(image)

    def trace(self, content: bytes) -> dict[str, Recorded]:
        """Every rung for an encoded image. Raises ImageError when it is refused."""
        image, below = self._enter(content, record=True)
        return {**below, **self.trace_image(image)}

    def trace_image(self, image: NDArray[np.uint8]) -> dict[str, Recorded]:
        """The rungs from `image` on for a picture, uint8 H×W×3."""
        return {IMAGE.name: record_array(image), **self.session.climb_from_image(image)}

    def _enter(
        self, content: bytes, *, record: bool
    ) -> tuple[NDArray[np.uint8], dict[str, Recorded]]:
        """The picture, uint8 H×W×3, and the rungs below it when they are to be recorded."""
        picture = read_image(content, self.rule)
        image = picture.image
        if not record:
            return image, {}
        below = {
            RECEIVED.name: record_bytes(content),
            DECODED.name: record_array(picture.decoded.pixels, text=picture.decoded.mode),
        }
        return image, below
