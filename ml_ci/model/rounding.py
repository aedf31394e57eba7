"""Rounding: what becomes of a computation when every operation rounds as float32 may.

The reference's own float32 error is that of one library on one machine, which sums cleverly and is
sometimes lucky: the mean of equal numbers is exact there, and a unit off elsewhere. Here every sum
and every function of a float64 computation is put off at random by what correct float32
implementations are off (Monte Carlo arithmetic: Parker 1997), so that what follows from it can be
measured whatever library a target uses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

HALF_ULP = 2.0**-24  # of float32, relative: one rounding
# Of a function or a short sum: to float32, and one unit of a library's exp, tanh, erf
FEWEST_ROUNDINGS = 2.0
# n numbers of one sign added in order, as any library does whose vectors lie across the channels:
# n roundings of partial sums that grow to the whole have a standard deviation of √n ÷ 3 half units
# (Higham & Mary 2019, SIAM J. Sci. Comput. 41); drawn evenly, that reaches √(n ÷ 3)
TERMS_PER_ROUNDING = 3

_FUNCTIONS = frozenset(
    {"_log_softmax", "_softmax", "celu", "elu", "erf", "exp", "gelu", "hardswish", "log", "mish"}
    | {"rsqrt", "sigmoid", "silu", "softplus", "tanh"}
)
_PRODUCTS = {"addmm": 1, "baddbmm": 1, "bmm": 0, "mm": 0, "mv": 0, "dot": 0}
"""By operation, which argument's last axis is summed over."""
_REDUCTIONS = ("mean", "sum", "var", "std")
_ATTENTION = ("_scaled_dot_product_flash_attention_for_cpu", "_native_multi_head_attention")


class Rounding(TorchDispatchMode):
    """Inside the block, float64 operations are off as float32 ones may be; seeded.

    Not within ``torch.inference_mode``, where operations arrive before they are taken apart.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._random = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """``func`` with its result put off; the statistics of a normalisation, too."""
        name = func.overloadpacket.__name__
        normalised = self._normalised(name, args)
        if normalised is not None:
            return normalised
        result = func(*args, **(kwargs or {}))
        terms = _terms(name, args, result)
        if terms is None:
            return result
        if isinstance(result, tuple):
            return (self._off(result[0], terms), *result[1:])
        return self._off(result, terms)

    def _off(self, values: Tensor, terms: float) -> Tensor:
        size = HALF_ULP * max(FEWEST_ROUNDINGS, math.sqrt(terms / TERMS_PER_ROUNDING))
        random = torch.rand(values.shape, generator=self._random, dtype=torch.float64)
        return values * (1 + size * (2 * random - 1))

    def _normalised(self, name: str, args: tuple[Any, ...]) -> tuple[Tensor, ...] | None:
        """What a normalisation by the values' own mean and variance returns; None for others."""
        if name == "native_layer_norm":
            values, shape, weight, bias, eps = args
            axes = list(range(values.dim() - len(shape), values.dim()))
            result = _scaled(self._centred(values, axes, eps), weight, bias, tuple(shape))
        elif name == "native_batch_norm" and args[5]:  # InstanceNorm arrives as this, too
            values, weight, bias, eps = *args[:3], args[7]
            axes = [axis for axis in range(values.dim()) if axis != 1]
            result = _scaled(self._centred(values, axes, eps), weight, bias, _channels(values))
        elif name == "native_group_norm":
            values, weight, bias, groups, eps = *args[:3], args[6], args[7]
            grouped = values.reshape(values.shape[0], groups, -1)
            centred = self._centred(grouped, [2], eps).reshape(values.shape)
            result = _scaled(centred, weight, bias, _channels(values))
        else:
            return None
        nothing = values.new_empty(0)  # mean and deviation: nobody asks for them without gradients
        return result, nothing, nothing

    def _centred(self, values: Tensor, axes: list[int], eps: float) -> Tensor:
        terms = math.prod(values.shape[axis] for axis in axes)
        apart = values - self._off(values.mean(axes, keepdim=True), terms)
        variance = self._off((apart * apart).mean(axes, keepdim=True), terms)
        return apart / torch.sqrt(variance + eps)


def rounded(
    function: Callable[[Tensor], Tensor], values: Tensor, *, samples: int, seed: int
) -> Tensor:
    """``function`` of one float64 input (1, …), as so many implementations round: (samples, …)."""
    repeated = values.expand(samples, *values.shape[1:]).contiguous()
    with torch.no_grad(), Rounding(seed):
        return function(repeated)


def _terms(name: str, args: tuple[Any, ...], result: Any) -> float | None:
    """How many numbers were added for each that came out; None where nothing is put off."""
    if name in _FUNCTIONS:
        return 1
    if name in _PRODUCTS:
        return cast("Tensor", args[_PRODUCTS[name]]).shape[-1]
    if name == "convolution":
        weight = cast("Tensor", args[1])
        return weight.numel() / weight.shape[0]
    if name in _REDUCTIONS:
        return cast("Tensor", args[0]).numel() / max(1, cast("Tensor", result).numel())
    return cast("Tensor", args[0]).shape[-1] if name in _ATTENTION else None


def _channels(values: Tensor) -> tuple[int, ...]:
    return (-1, *[1] * (values.dim() - 2))


def _scaled(
    values: Tensor, weight: Tensor | None, bias: Tensor | None, shape: tuple[int, ...]
) -> Tensor:
    if weight is not None:
        values = values * weight.reshape(shape)
    return values if bias is None else values + bias.reshape(shape)
