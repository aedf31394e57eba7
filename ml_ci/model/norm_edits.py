"""What goes wrong with normalisation layers between training and serving."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from ml_ci.model.layer_edits import ACTIVATION_LAYERS
from ml_ci.model.network_edits import Edit, Root, exchanging

KINDS: dict[str, type[nn.Module]] = {
    "batch norm": _BatchNorm,
    "instance norm": _InstanceNorm,
    "group norm": nn.GroupNorm,
    "layer norm": nn.LayerNorm,
}
_EPSILONS = (1e-3, 1e-5, 1e-6, 1e-12)  # Keras, torch, timm and JAX, a division by the bare std


class _OwnStatistics(nn.Module):
    """Batch norm in training mode, of each image alone."""

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, features: Tensor) -> Tensor:
        """N×C×…"""
        places = tuple(range(2, features.ndim))
        mean, variance = features, torch.zeros_like(features)
        if places:
            mean = features.mean(dim=places, keepdim=True)
            variance = ((features - mean) ** 2).mean(dim=places, keepdim=True)
        normal = (features - mean) / (variance + self.norm.eps).sqrt()
        if not self.norm.affine:
            return normal
        shape = (1, -1, *(1 for _ in places))
        return normal * self.norm.weight.reshape(shape) + self.norm.bias.reshape(shape)


def norm_edits() -> dict[str, Edit]:
    """By name."""
    edits: dict[str, Edit] = {
        "batch norm: statistics of the image": exchanging(
            lambda layer: _OwnStatistics(layer) if isinstance(layer, _BatchNorm) else None
        ),
        "batch norm: new statistics": _in_each(_BatchNorm, _forget),
        "batch norm: behind the activation": _exchanging_order(),
    }
    for kind, of in KINDS.items():
        edits[f"{kind}: left out"] = _left_out(of)
        edits[f"{kind}: without scale and offset"] = _in_each(of, _plain)
        for epsilon in _EPSILONS:
            edits[epsilon_name(kind, epsilon)] = with_epsilon(kind, epsilon)
    return edits


def epsilon_name(kind: str, epsilon: float) -> str:
    """Of the edit that sets it."""
    return f"{kind}: epsilon {epsilon!r}"


def with_epsilon(kind: str, epsilon: float) -> Edit:
    """Another one in every layer of the kind."""

    def change(layer: nn.Module) -> bool:
        differs = getattr(layer, "eps", epsilon) != epsilon
        setattr(layer, "eps", epsilon)  # noqa: B010 - no type of torch's has it for all kinds
        return bool(differs)

    return _in_each(KINDS[kind], change)


def _exchanging_order() -> Edit:
    """In a row of layers, batch norm and the activation behind it change places."""

    def edit(root: Root) -> bool:
        found = False
        for row in root.modules():
            if not isinstance(row, nn.Sequential):
                continue
            for at in range(len(row) - 2, -1, -1):  # from behind: none is moved twice
                if isinstance(row[at], _BatchNorm) and isinstance(row[at + 1], ACTIVATION_LAYERS):
                    row[at], row[at + 1] = row[at + 1], row[at]
                    found = True
        return found

    return edit


def _left_out(kind: type[nn.Module]) -> Edit:
    return exchanging(lambda layer: nn.Identity() if isinstance(layer, kind) else None)


def _in_each(kind: type[nn.Module], change: Callable[[nn.Module], bool]) -> Edit:
    """``change`` of every layer of the kind; whether any of them changed."""

    def edit(root: Root) -> bool:
        layers = [layer for layer in root.modules() if isinstance(layer, kind)]
        changed = [change(layer) for layer in layers]
        return any(changed)

    return edit


def _forget(norm: nn.Module) -> bool:
    if not isinstance(norm, _BatchNorm) or norm.running_mean is None or norm.running_var is None:
        return False
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0)
    return True


def _plain(norm: nn.Module) -> bool:
    weight, bias = (getattr(norm, name, None) for name in ("weight", "bias"))
    with torch.no_grad():
        for values, plain in ((weight, 1.0), (bias, 0.0)):
            if isinstance(values, Tensor):
                values.fill_(plain)
    return weight is not None or bias is not None
