"""What goes wrong with layers without weights: activations, pooling, padding, dropout, flatten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from ml_ci.model.network_edits import Edit, Root, exchange, exchanging

Mode = Literal["zeros", "reflect", "replicate", "circular"]
_MODES: tuple[Mode, ...] = ("zeros", "reflect", "replicate", "circular")
_SLOPES = (0.01, 0.1, 0.2)  # torch's, Darknet's, GANs'
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "left out": nn.Identity,
    "ReLU": nn.ReLU,
    "ReLU6": nn.ReLU6,
    "GELU": nn.GELU,
    "GELU by tanh": lambda: nn.GELU(approximate="tanh"),
    "SiLU": nn.SiLU,
    "hard swish": nn.Hardswish,
    "ELU": nn.ELU,
    "softplus": nn.Softplus,
}
ACTIVATION_LAYERS = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.GELU,
    nn.SiLU,
    nn.Hardswish,
    nn.ELU,
    nn.Softplus,
)


class _Scaled(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, features: Tensor) -> Tensor:
        return features * self.factor


class _ChannelsLast(nn.Module):
    """Flattens N×C×H×W as N×H×W×C lies in memory."""

    def forward(self, features: Tensor) -> Tensor:
        if features.ndim == 4:
            features = features.permute(0, 2, 3, 1)
        return features.flatten(1)


class _SamePadding(nn.Module):
    """As TensorFlow's `same`: as much as is needed, the odd pixel at the bottom and right."""

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        self.layer = layer
        self.stride, self.kernel, self.dilation = layer.stride, layer.kernel_size, layer.dilation
        layer.padding = (0, 0)

    def forward(self, features: Tensor) -> Tensor:
        margins: list[int] = []
        for at in (1, 0):  # width first, as `pad` has it
            side, stride = features.shape[2 + at], self.stride[at]
            reach = (self.kernel[at] - 1) * self.dilation[at] + 1
            total = max((-(-side // stride) - 1) * stride + reach - side, 0)
            margins += [total // 2, total - total // 2]
        convolved: Tensor = self.layer(functional.pad(features, margins))
        return convolved


def layer_edits() -> dict[str, Edit]:
    """By name."""
    edits = {f"activation: {name}": _activation(make) for name, make in ACTIVATIONS.items()}
    for slope in _SLOPES:
        edits[slope_name(slope)] = with_slope(slope)
    edits |= {
        "pooling: average": exchanging(_average),
        "pooling: largest": exchanging(_largest),
        "pooling: sides rounded the other way": _each_pool(_round_other_way),
        "pooling: padding counted the other way": _each_pool(_count_other_way),
        "padding: same": exchanging(_same),
        "padding: left out": _padding(None),
        "dropout: scaled": exchanging(_scaled),
        "flatten: channels last": exchanging(
            lambda layer: _ChannelsLast() if isinstance(layer, nn.Flatten) else None
        ),
    }
    for mode in _MODES:
        edits[f"padding: {mode}"] = _padding(mode)
    return edits


def slope_name(slope: float) -> str:
    """Of the edit that sets it."""
    return f"activation: leaky {slope!r}"


def with_slope(slope: float) -> Edit:
    """Leaky ReLU with that slope in the place of every activation that is ReLU, leaky or not."""

    def instead(layer: nn.Module) -> nn.Module | None:
        if not isinstance(layer, nn.ReLU | nn.LeakyReLU):
            return None
        same = isinstance(layer, nn.LeakyReLU) and layer.negative_slope == slope
        return None if same else nn.LeakyReLU(slope)

    return exchanging(instead)


def _activation(make: Callable[[], nn.Module]) -> Edit:
    def instead(layer: nn.Module) -> nn.Module | None:
        other = make()
        same = repr(other) == repr(layer).replace("(inplace=True)", "()")
        return other if isinstance(layer, ACTIVATION_LAYERS) and not same else None

    return exchanging(instead)


def _average(layer: nn.Module) -> nn.Module | None:
    if isinstance(layer, nn.AdaptiveMaxPool2d):
        return nn.AdaptiveAvgPool2d(layer.output_size)
    if not isinstance(layer, nn.MaxPool2d):
        return None
    return nn.AvgPool2d(
        layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode, count_include_pad=False
    )


def _largest(layer: nn.Module) -> nn.Module | None:
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return nn.AdaptiveMaxPool2d(layer.output_size)
    if not isinstance(layer, nn.AvgPool2d):
        return None
    return nn.MaxPool2d(layer.kernel_size, layer.stride, layer.padding, ceil_mode=layer.ceil_mode)


def _each_pool(change: Callable[[nn.Module], bool]) -> Edit:
    def edit(root: Root) -> bool:
        changed = [change(layer) for layer in root.modules()]
        return any(changed)

    return edit


def _round_other_way(layer: nn.Module) -> bool:
    if not isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        return False
    layer.ceil_mode = not layer.ceil_mode
    return True


def _count_other_way(layer: nn.Module) -> bool:
    if not isinstance(layer, nn.AvgPool2d) or layer.padding in (0, (0, 0)):
        return False
    layer.count_include_pad = not layer.count_include_pad
    return True


def _same(layer: nn.Module) -> nn.Module | None:
    padded = isinstance(layer, nn.Conv2d) and layer.padding not in ("same", "valid", (0, 0))
    strided = isinstance(layer, nn.Conv2d) and max(layer.stride) > 1
    return _SamePadding(layer) if padded and strided else None  # type: ignore[arg-type]


def _padding(mode: Mode | None) -> Edit:
    """Convolutions that pad do it with ``mode``, or not at all."""

    def instead(layer: nn.Module) -> nn.Module | None:
        if not isinstance(layer, nn.Conv2d) or layer.padding in (0, (0, 0), "valid"):
            return None
        if mode == layer.padding_mode:
            return None
        other = nn.Conv2d(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,  # type: ignore[arg-type]
            stride=layer.stride,  # type: ignore[arg-type]
            padding=0 if mode is None else layer.padding,  # type: ignore[arg-type]
            dilation=layer.dilation,  # type: ignore[arg-type]
            groups=layer.groups,
            bias=layer.bias is not None,
            padding_mode=mode or "zeros",
            dtype=layer.weight.dtype,
        )
        other.load_state_dict(layer.state_dict())
        return other

    return lambda root: exchange(root, instead)


def _scaled(layer: nn.Module) -> nn.Module | None:
    """As frameworks do that scale when serving, for those that scale when training."""
    drops = isinstance(layer, nn.Dropout | nn.Dropout2d) and layer.p > 0
    return _Scaled(1 - float(layer.p)) if drops else None  # type: ignore[arg-type]
