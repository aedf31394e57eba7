"""What goes wrong with weights: left out, loaded in part, of another file, turned, quantised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ml_ci.model.network_edits import Edit, Root, weighted

State = Mapping[str, Tensor]
Rounding = Callable[[Tensor], Tensor]


def weight_edits(states: Mapping[str, State]) -> dict[str, Edit]:
    """By name; ``states`` are other weights of the same network, by what they are."""
    edits: dict[str, Edit] = {
        "bias: last left out": _no_bias(last=True),
        "bias: all left out": _no_bias(last=False),
        "last layer: zeros": _zeros(-1),
        "first layer: zeros": _zeros(0),
        "kernels: transposed": _turned(lambda kernel: kernel.transpose(2, 3)),
        "kernels: flipped": _turned(lambda kernel: kernel.flip(2, 3)),
        "kernels: inputs and outputs exchanged": _turned(lambda kernel: kernel.transpose(0, 1)),
    }
    for name, rounding in ROUNDINGS.items():
        edits[f"weights: {name}"] = _rounded(rounding)
    for name, state in states.items():
        edits[f"other weights: {name}"] = _of_state(state, last=True, others=True)
        edits[f"other last layer: {name}"] = _of_state(state, last=True, others=False)
        edits[f"other but the last layer: {name}"] = _of_state(state, last=False, others=True)
    return edits


def float16(values: Tensor) -> Tensor:
    """To the nearest float16."""
    return values.to(torch.float16).to(values.dtype)


def bfloat16(values: Tensor) -> Tensor:
    """To the nearest bfloat16."""
    return values.to(torch.bfloat16).to(values.dtype)


def _int8(limit: float, *, by_channel: bool) -> Rounding:
    """Multiples of the largest ÷ ``limit``, per tensor or per output channel."""

    def rounding(weight: Tensor) -> Tensor:
        dims = tuple(range(1, weight.ndim))
        largest = weight.abs().amax(dim=dims, keepdim=True) if by_channel else weight.abs().max()
        scale = (largest / limit).clamp_min(1e-30)
        return (weight / scale).round().clamp(-128, 127) * scale

    return rounding


def _uint8(weight: Tensor) -> Tensor:
    """256 levels from the smallest to the largest, 0 being one of them."""
    low, high = weight.min().clamp_max(0), weight.max().clamp_min(0)
    scale = ((high - low) / 255).clamp_min(1e-30)
    zero = (-low / scale).round()
    return ((weight / scale).round() + zero).clamp(0, 255).sub(zero) * scale


ROUNDINGS: dict[str, Rounding] = {
    "float16": float16,
    "bfloat16": bfloat16,
    "int8 per tensor": _int8(127, by_channel=False),
    "int8 per tensor, 255 steps": _int8(127.5, by_channel=False),
    "int8 per channel": _int8(127, by_channel=True),
    "int8 per channel, 255 steps": _int8(127.5, by_channel=True),
    "uint8 with zero point": _uint8,
    "int4 per channel": _int8(7, by_channel=True),
}


def _no_bias(*, last: bool) -> Edit:
    def edit(root: Root) -> bool:
        layers = weighted(root)[-1:] if last else weighted(root)
        biased = [layer for layer in layers if layer.bias is not None]
        if not last and biased == weighted(root)[-1:]:
            return False  # that is the other edit
        for layer in biased:
            layer.bias = None
        return bool(biased)

    return edit


def _zeros(place: int) -> Edit:
    def edit(root: Root) -> bool:
        layers = weighted(root)
        if layers:
            layers[place].weight.data.zero_()
        return bool(layers)

    return edit


def _turned(turn: Callable[[Tensor], Tensor]) -> Edit:
    """Kernels that keep their shape when turned; a file written in another order fits as well."""

    def edit(root: Root) -> bool:
        found = False
        for layer in root.modules():
            if not isinstance(layer, nn.Conv2d):
                continue
            turned = turn(layer.weight.data)
            if turned.shape == layer.weight.shape and not torch.equal(turned, layer.weight.data):
                layer.weight.data = turned.contiguous()
                found = True
        return found

    return edit


def _rounded(rounding: Rounding) -> Edit:
    def edit(root: Root) -> bool:
        layers = weighted(root)
        for layer in layers:
            layer.weight.data = rounding(layer.weight.data)
        return bool(layers)

    return edit


def _of_state(state: State, *, last: bool, others: bool) -> Edit:
    """The values of ``state`` in the last layer with weights, in all others, or both."""

    def edit(root: Root) -> bool:
        own = {key: value.clone() for key, value in root.network.state_dict().items()}
        if own.keys() != state.keys() or any(own[key].shape != state[key].shape for key in own):
            return False
        layers = weighted(root)
        if not layers:
            return False
        names = {id(layer): name for name, layer in root.network.named_modules()}
        prefix = names[id(layers[-1])] + "."
        taken = {
            key: state[key] if (last if key.startswith(prefix) else others) else own[key]
            for key in own
        }
        root.network.load_state_dict(taken)
        return any(not torch.equal(taken[key].to(own[key].dtype), own[key]) for key in own)

    return edit
