"""Preprocessing as one torch module: from RGB pixels to what enters the network.

The same module runs in training and evaluation and is exported inside the graph, so there is one
definition. docs/preprocessing.md draws each fit; the rounding rules stand in the functions below.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml_ci.params.preprocess import PreprocessSettings

# ITU-R BT.601-7, section 2.5.1: weights of R, G and B in luma
LUMA = (0.299, 0.587, 0.114)


class Preprocess(nn.Module):
    """``image`` uint8 N×H×W×3 → ``resized`` N×C×S×S (grey levels 0–255) → ``tensor`` N×C×S×S.

    Computes in ``dtype``. float64, built here from the unrounded constants, is the truth that the
    noise floor is measured against.
    """

    mean: Tensor  # (1, C, 1, 1)
    std: Tensor  # (1, C, 1, 1)
    luma: Tensor  # (1, 3, 1, 1)

    def __init__(self, settings: PreprocessSettings, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.settings = settings
        self.size = (settings.size[0], settings.size[1])
        self.pad_colour = _in_channels(settings.pad_colour, settings.channels)
        for name, values in (("mean", settings.mean), ("std", settings.std), ("luma", LUMA)):
            constant = torch.tensor(values, dtype=dtype).reshape(1, -1, 1, 1)
            # Settings, not weights: never saved with the network
            self.register_buffer(name, constant, persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Both rungs: ``resized`` and ``tensor``."""
        resized = self.resized(image)
        return resized, self.tensor(resized)

    def resized(self, image: Tensor) -> Tensor:
        """uint8 N×H×W×3 → N×C×S×S in grey levels; beyond 0–255 only for bicubic, not clamped."""
        pixels = image.permute(0, 3, 1, 2).to(self.mean.dtype)  # (N, 3, H, W)
        if self.settings.channels == 1:
            # Before resizing: both are linear, and a third of the work is left
            pixels = (pixels * self.luma).sum(dim=1, keepdim=True)  # (N, 1, H, W)
        return self._fit(pixels)

    def tensor(self, resized: Tensor) -> Tensor:
        """Grey levels N×C×S×S → normalised N×C×S×S."""
        return (resized / 255 - self.mean) / self.std

    def _fit(self, pixels: Tensor) -> Tensor:
        """N×C×H×W → N×C×S×S. No branch looks at H or W: all sizes share one exported graph."""
        height, width = pixels.shape[2:]
        canvas = scaled_box(self.size, self.settings.resize_ratio)
        match self.settings.fit:
            case "stretch":
                return self._resize(pixels, self.size)
            case "pad":
                return self._resize(self._pad(pixels, around(height, width, self.size)), self.size)
            case "crop":
                return self._resize(crop(pixels, within(height, width, self.size)), self.size)
            case "short_side_crop":
                return crop(self._resize(pixels, cover(height, width, canvas)), self.size)
            case "long_side_pad":
                fitted = self._resize(pixels, contain(height, width, self.size))
                return self._pad(fitted, self.size)
            case "two_pass_pad":
                fitted = self._resize(pixels, contain(height, width, canvas))
                return self._resize(self._pad(fitted, canvas), self.size)

    def _resize(self, pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Antialiased, half-pixel centres; bicubic (a = −0.5) is cut to 0–255 when asked."""
        # torch 2.13 mixes up the rows of what becomes one column wide, unless its memory is laid
        # out by pixels; on its side it is right. Exported graphs know no sizes and run elsewhere
        on_its_side = not torch.compiler.is_exporting() and size[1] == 1
        if on_its_side:
            pixels, size = pixels.transpose(2, 3).contiguous(), (size[1], size[0])
        resized = functional.interpolate(
            pixels, size=size, mode=self.settings.filter, align_corners=False, antialias=True
        )
        if on_its_side:
            resized = resized.transpose(2, 3).contiguous()
        overshoots = self.settings.filter == "bicubic"
        return resized.clamp(0, 255) if overshoots and self.settings.clamp else resized

    def _pad(self, pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Centred on a canvas of the pad colour; an odd pixel goes to the bottom or right."""
        height, width = pixels.shape[2:]
        top, left = (size[0] - height) // 2, (size[1] - width) // 2
        margins = (left, size[1] - width - left, top, size[0] - height - top)
        # Channel by channel: `pad` knows one value only, and this way the colour stays exact
        padded = [
            functional.pad(pixels[:, channel : channel + 1], margins, value=level)
            for channel, level in enumerate(self.pad_colour)
        ]
        return torch.cat(padded, dim=1)


def crop(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    """The centre of ``size``; an odd pixel is cut at the bottom or right."""
    height, width = pixels.shape[2:]
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    # Negative padding: the exporter cannot slice with symbolic sizes
    margins = (-left, left + size[1] - width, -top, top + size[0] - height)
    return functional.pad(pixels, margins)


def around(height: int, width: int, box: tuple[int, int]) -> tuple[int, int]:
    """Smallest canvas with the aspect of ``box`` that holds height×width."""
    return (
        larger(height, divide(width * box[0], box[1])),
        larger(width, divide(height * box[1], box[0])),
    )


def within(height: int, width: int, box: tuple[int, int]) -> tuple[int, int]:
    """Largest window with the aspect of ``box`` inside height×width, at least 1×1."""
    return (
        larger(1, smaller(height, divide(width * box[0], box[1]))),
        larger(1, smaller(width, divide(height * box[1], box[0]))),
    )


def cover(height: int, width: int, box: tuple[int, int]) -> tuple[int, int]:
    """height×width scaled so that its tighter side equals the one of ``box``."""
    return (
        larger(box[0], divide(height * box[1], width)),
        larger(box[1], divide(width * box[0], height)),
    )


def contain(height: int, width: int, box: tuple[int, int]) -> tuple[int, int]:
    """height×width scaled to the largest that fits inside ``box``, at least 1×1."""
    return (
        larger(1, smaller(box[0], divide(height * box[1], width))),
        larger(1, smaller(box[1], divide(width * box[0], height))),
    )


def scaled_box(box: tuple[int, int], ratio: float) -> tuple[int, int]:
    """``box`` times ``ratio`` (≥ 1), rounded half up."""
    return int(box[0] * ratio + 0.5), int(box[1] * ratio + 0.5)


def divide(dividend: int, divisor: int) -> int:
    """dividend ÷ divisor rounded half up, in integers.

    Both are positive: Python's ``//`` floors and ONNX's Div truncates, which agree only there.
    """
    return (2 * dividend + divisor) // (2 * divisor)


def larger(one: int, other: int) -> int:
    """The larger of two sizes, symbolic ones included (``max`` would branch on them)."""
    return torch.sym_max(one, other)  # type: ignore[no-any-return, no-untyped-call]


def smaller(one: int, other: int) -> int:
    """The smaller of two sizes, symbolic ones included."""
    return torch.sym_min(one, other)  # type: ignore[no-any-return, no-untyped-call]


def _in_channels(colour: list[int], channels: int) -> tuple[float, ...]:
    if channels == 1:
        return (sum(weight * level for weight, level in zip(LUMA, colour, strict=True)),)
    return tuple(float(level) for level in colour)
