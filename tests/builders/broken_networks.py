"""Networks that break their contract, as people write them, behind the ladder of the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml_ci.model.classifier import Ladder
from ml_ci.params.preprocess import PreprocessSettings
from tests.builders.inquiry import CLASS_NAMES
from tests.builders.model import preprocess_settings

_CLASSES = len(CLASS_NAMES)


def broken_ladder(kind: str) -> Ladder:
    """Three classes; ``kind`` names what is wrong, `nothing` is right."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        if kind == "unseeded":
            torch.seed()
        base = nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=3),
            nn.BatchNorm2d(8, track_running_stats=kind != "batch statistics"),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(8 * 4 * 4, _CLASSES),
        )
    network = _NETWORKS[kind](base) if kind in _NETWORKS else base
    return Ladder(preprocess_settings(), network, CLASS_NAMES)


def right_ladder(_preprocess: PreprocessSettings) -> Ladder:
    """As it is loaded from the disk, also by a process that is another one."""
    return broken_ladder("nothing")


class _Wrapped(nn.Module):
    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base


class _FunctionalDropout(_Wrapped):
    """`functional.dropout` is on unless told otherwise, whatever mode the network is in."""

    def forward(self, tensor: Tensor) -> Tensor:
        logits: Tensor = self.base(functional.dropout(tensor, 0.3))
        return logits


class _Remembering(_Wrapped):
    """Part of the last answer goes into this one."""

    last: Tensor | None = None

    def forward(self, tensor: Tensor) -> Tensor:
        logits: Tensor = self.base(tensor)
        before = torch.zeros(()) if self.last is None else self.last[:1]
        self.last = logits
        return logits + 0.5 * before


class _OneOnly(_Wrapped):
    """A batch of one is baked in."""

    def forward(self, tensor: Tensor) -> Tensor:
        logits: Tensor = self.base(tensor.reshape(1, *tensor.shape[1:]))
        return logits


class Moving(_Wrapped):
    """Computes something else once it was moved to a device while ``moves`` is on."""

    moves = False

    def __init__(self, base: nn.Module) -> None:
        super().__init__(base)
        self.shift = 0.0

    def _apply(self, *arguments: Any, **named: Any) -> Moving:
        if Moving.moves:
            self.shift = 0.1
        Moving.moves = False
        moved: Moving = super()._apply(*arguments, **named)  # type: ignore[no-untyped-call]
        return moved

    def forward(self, tensor: Tensor) -> Tensor:
        logits: Tensor = self.base(tensor) + self.shift * torch.arange(_CLASSES)
        return logits


_NETWORKS: dict[str, Callable[[nn.Module], nn.Module]] = {
    "functional dropout": _FunctionalDropout,
    "remembers": _Remembering,
    "baked batch": _OneOnly,
    "moving": Moving,
}
