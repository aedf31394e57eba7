"""A network computed in fewer bits than float32.

Right implementations of each are apart: sums are rounded in between or not, and in another order.
Beside each stands a second way, ``… roughly``, from which that distance can be told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ml_ci.model.network_edits import Edit, Root, weighted
from ml_ci.model.weight_edits import ROUNDINGS, bfloat16, float16

_TF32 = 13  # of 23 bits behind the point, those that TF32 has not
Rounding = Callable[[Tensor], Tensor]


def precision_edits() -> dict[str, Edit]:
    """By name."""
    return {
        "computed: float16": _layers_rounded(float16, float16),
        "computed: float16 roughly": _native(torch.float16),
        "computed: bfloat16": _layers_rounded(bfloat16, bfloat16),
        "computed: bfloat16 roughly": _native(torch.bfloat16),
        "computed: TF32": _layers_rounded(_tf32, None),
        "computed: TF32 roughly": _layers_rounded(_tf32_cut, None),
        "computed: int8 per tensor": _dynamic(ROUNDINGS["int8 per tensor"]),
        "computed: int8 per channel": _dynamic(ROUNDINGS["int8 per channel"]),
    }


def _layers_rounded(inputs: Rounding, outputs: Rounding | None) -> Edit:
    """What enters a convolution or linear layer, and its weights; and what leaves any layer."""

    def edit(root: Root) -> bool:
        layers = weighted(root)
        for layer in layers:
            layer.weight.data = inputs(layer.weight.data)
            layer.register_forward_pre_hook(_on_input(inputs))
        if outputs is not None:
            for one in root.modules():
                if not any(True for _ in one.children()):
                    one.register_forward_hook(_on_output(outputs))
        return bool(layers)

    return edit


def _dynamic(weights: Rounding) -> Edit:
    """int8 weights; what enters a layer is uint8, with the range of each image there."""

    def edit(root: Root) -> bool:
        layers = weighted(root)
        for layer in layers:
            layer.weight.data = weights(layer.weight.data)
            layer.register_forward_pre_hook(_on_input(_uint8_by_image))
        return bool(layers)

    return edit


def _native(dtype: torch.dtype) -> Edit:
    """All of it in that type, as torch does it on this machine."""

    def edit(root: Root) -> bool:
        inner = root.network

        class Native(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = [inner.to(dtype)]  # a list: not to be cast back with the others

            def forward(self, tensor: Tensor) -> Tensor:
                logits: Tensor = self.inner[0](tensor.to(dtype))
                return logits.to(tensor.dtype)

        root.network = Native()
        return True

    return edit


def _on_input(rounding: Rounding) -> Callable[[nn.Module, tuple[Any, ...]], tuple[Any, ...]]:
    return lambda _, given: (rounding(given[0]), *given[1:])


def _on_output(rounding: Rounding) -> Callable[[nn.Module, Any, Any], Any]:
    return lambda *called: rounding(called[2]) if isinstance(called[2], Tensor) else called[2]


def _tf32(values: Tensor) -> Tensor:
    """To the nearest with 10 bits behind the point."""
    bits = values.to(torch.float32).view(torch.int32)
    half = 1 << (_TF32 - 1)
    return ((bits + half) >> _TF32 << _TF32).view(torch.float32).to(values.dtype)


def _tf32_cut(values: Tensor) -> Tensor:
    """The bits behind the tenth cut off."""
    bits = values.to(torch.float32).view(torch.int32)
    return (bits >> _TF32 << _TF32).view(torch.float32).to(values.dtype)


def _uint8_by_image(values: Tensor) -> Tensor:
    dims = tuple(range(1, values.ndim))
    low = values.amin(dim=dims, keepdim=True).clamp_max(0)
    high = values.amax(dim=dims, keepdim=True).clamp_min(0)
    scale = ((high - low) / 255).clamp_min(1e-30)
    zero = (-low / scale).round()
    return ((values / scale).round() + zero).clamp(0, 255).sub(zero) * scale
