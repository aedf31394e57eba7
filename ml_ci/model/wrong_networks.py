"""The network made wrong in known ways, for whoever asks whether a target did the same.

``ml_ci.parity`` takes it as what a fault of the step `logits` is made with; parity knows no torch.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from torch import nn


class WrongNetworks:
    """Those that can be made of one trained network. Methods raise ``refuse(sentence)``."""

    def __init__(self, network: nn.Module, refuse: type[Exception]) -> None:
        self._network = network
        self._refuse = refuse

    @property
    def names(self) -> tuple[str, ...]:
        """None so far."""
        return ()

    def logits(self, name: str, tensor: NDArray[Any], *, exact: bool) -> NDArray[Any]:
        """`tensor` (N, C, S, S) → `logits` (N, K) by the network called ``name``."""
        del tensor, exact
        raise self._refuse(f"there is no network {name!r}")
