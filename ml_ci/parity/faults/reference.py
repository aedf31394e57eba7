"""The reference, as a fault sees it: its steps, its settings, its classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded, DecodeRule
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.parity.executor import Executor, StepError
from ml_ci.rung import Array
from ml_ci.steps import LOGITS, PROBABILITIES, RESIZED, TENSOR

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


class Networks(Protocol):
    """The network made wrong in known ways, by name: with batch statistics, other weights, …"""

    @property
    def names(self) -> tuple[str, ...]:
        """Those that can be made of this network."""

    def logits(self, name: str, tensor: NDArray[Any], *, exact: bool) -> NDArray[Any]:
        """`tensor` (N, C, S, S) → `logits` (N, K), each image as if it were alone.

        float64 when ``exact``. Raises StepError where it cannot be computed.
        """


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Every step as it should be. Methods raise StepError where a step cannot be applied."""

    executor: Executor
    networks: Networks
    settings: PreprocessSettings
    rule: DecodeRule
    class_names: tuple[str, ...]
    exact: bool = True
    """Floats are float64; otherwise float32, to see how exact that is."""

    def rounded(self) -> Reference:
        """The same in float32."""
        return replace(self, exact=False)

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """Of the floats on every rung."""
        return np.float64 if self.exact else np.float32

    def decode(self, content: bytes) -> Decoded:
        """`received` → `decoded`."""
        pixels, mode = self.executor.decode(content)
        return Decoded(pixels=cast("Pixels", pixels), mode=mode)

    def flatten(self, decoded: Decoded, content: bytes) -> Array:
        """`decoded` → `image` (H, W, 3), uint8; orientation and colours: ``content``'s."""
        return self.executor.flatten(decoded.pixels, decoded.mode, content)

    def resized(self, image: Array) -> NDArray[Any]:
        """`image` (H, W, 3) → `resized` (C, S, S)."""
        [resized] = self._step(RESIZED.name, image[np.newaxis])
        return np.asarray(resized)

    def tensor(self, resized: NDArray[Any]) -> NDArray[Any]:
        """`resized` (N, C, S, S) → `tensor` (N, C, S, S)."""
        return self._step(TENSOR.name, resized)

    def logits(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """`tensor` (N, C, S, S) → `logits` (N, K)."""
        return self._step(LOGITS.name, tensor)

    def wrong_logits(self, network: str, tensor: NDArray[Any]) -> NDArray[Any]:
        """`tensor` (N, C, S, S) → `logits` (N, K) by one of ``networks``."""
        return self.networks.logits(network, tensor, exact=self.exact)

    def probabilities(self, logits: NDArray[Any]) -> NDArray[Any]:
        """`logits` (N, K) → `probabilities` (N, K)."""
        return self._step(PROBABILITIES.name, logits)

    def _step(self, name: str, previous: NDArray[Any]) -> NDArray[Any]:
        # torch takes no array that runs backwards, as a mirrored one does
        return self.executor.step(name, np.ascontiguousarray(previous), exact=self.exact)

    def labels(self, probabilities: NDArray[Any]) -> list[str]:
        """`probabilities` (N, K) → N class names; of equal ones the first."""
        if probabilities.ndim != 2 or probabilities.shape[1] != len(self.class_names):
            sides = "×".join(str(side) for side in probabilities.shape[1:])
            raise StepError(f"{sides} numbers are not one for each of the classes")
        return [self.class_names[place] for place in probabilities.argmax(axis=1)]
