"""The network made wrong in known ways, for whoever asks whether a target did the same.

``ml_ci.parity`` takes it as what a fault of the step `logits` is made with; parity knows no torch.
"""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_ci.model.layer_edits import layer_edits, with_slope
from ml_ci.model.network_edits import Edit, Root
from ml_ci.model.norm_edits import KINDS, norm_edits, with_epsilon
from ml_ci.model.precision_edits import precision_edits
from ml_ci.model.weight_edits import State, weight_edits

_NONE: Mapping[str, State] = MappingProxyType({})
_ROOM = 256 * 2**20  # bytes of the networks that are held in memory: those asked for last


class WrongNetworks:
    """Those that can be made of one trained network. Methods raise ``refuse(sentence)``.

    Only what is a module of its own can be exchanged: an activation that ``forward`` calls as a
    function stays as it is.
    """

    def __init__(
        self, network: nn.Module, refuse: type[Exception], states: Mapping[str, State] = _NONE
    ) -> None:
        """``states``: other weights of the same network, by what they are (`the base`)."""
        self._network = network
        self._refuse = refuse
        self._edits = norm_edits() | weight_edits(states) | layer_edits() | precision_edits()
        self._made: OrderedDict[tuple[str, bool], nn.Module] = OrderedDict()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Those that change anything in this network."""
        return tuple(name for name, edit in self._edits.items() if edit(self._root(exact=False)))

    def logits(self, name: str, tensor: NDArray[Any], *, exact: bool) -> NDArray[Any]:
        """`tensor` (N, C, S, S) → `logits` (N, K) by the network called ``name``.

        Beside ``names`` there are `KIND norm: epsilon NUMBER` and `activation: leaky NUMBER`.
        """
        network = self._network_called(name, exact=exact)
        given = torch.tensor(tensor).to(torch.float64 if exact else torch.float32)
        try:
            with torch.inference_mode():
                made: Tensor = network(given)
        except (RuntimeError, ValueError, IndexError) as error:
            raise self._refuse(f"the network with `{name}` cannot be computed") from error
        logits: NDArray[Any] = made.numpy()
        return logits

    def _network_called(self, name: str, *, exact: bool) -> nn.Module:
        key = (name, exact)
        if key not in self._made:
            edit = self._edits.get(name) or _with_number(name)
            root = self._root(exact=exact)
            if edit is None or not edit(root):
                raise self._refuse(f"there is no network {name!r}")
            self._made[key] = root.eval()
            while len(self._made) > self._kept:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key]

    @cached_property
    def _kept(self) -> int:
        numbers: int = sum(value.numel() for value in self._network.state_dict().values())
        return max(2, _ROOM // max(8 * numbers, 1))

    def _root(self, *, exact: bool) -> Root:
        """A copy to be changed."""
        own = copy.deepcopy(self._network).to(
            device="cpu", dtype=torch.float64 if exact else torch.float32
        )
        return Root(own.eval())


def _with_number(name: str) -> Edit | None:
    found = re.fullmatch(r"(.+): (epsilon|leaky) (\S+)", name)
    if found is None:
        return None
    kind, what, number = found[1], found[2], float(found[3])
    if what == "leaky":
        return with_slope(number)
    return with_epsilon(kind, number) if kind in KINDS else None
