"""Edits of a network: one kind of layer exchanged everywhere, in a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from torch import Tensor, nn

Edit: TypeAlias = "Callable[[Root], bool]"
"""Changes it in place; False: there is nothing in it to change."""


class Root(nn.Module):
    """Holds a network, so that it can be exchanged itself when it is one layer."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, tensor: Tensor) -> Tensor:
        """N×C×S×S → N×K."""
        logits: Tensor = self.network(tensor)
        return logits


def exchange(root: Root, instead: Callable[[nn.Module], nn.Module | None]) -> bool:
    """Put ``instead(layer)`` in the place of each layer for which it is not None."""
    known: dict[int, nn.Module | None] = {}  # a layer that is used twice is exchanged once
    found = False
    for parent in list(root.modules()):
        for name, layer in list(parent.named_children()):
            if id(layer) not in known:
                known[id(layer)] = instead(layer)
            other = known[id(layer)]
            if other is not None:
                setattr(parent, name, other)
                found = True
    return found


def exchanging(instead: Callable[[nn.Module], nn.Module | None]) -> Edit:
    """The edit that does it."""
    return lambda root: exchange(root, instead)


def weighted(root: Root) -> list[nn.Conv2d | nn.Linear]:
    """Convolutions and linear layers, in the order they were made."""
    return [layer for layer in root.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]


Edits = Mapping[str, Edit]
