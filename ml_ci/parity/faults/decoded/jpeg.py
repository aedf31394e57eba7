"""JPEG decoded by other means: libjpeg's fast paths, a smaller size, another YUV matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import simplejpeg  # type: ignore[import-untyped]
from numpy.typing import NDArray

from ml_ci.data.container import format_of
from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.fault import Described, Evidence, Make, Parameter, Remedy, Variant
from ml_ci.parity.faults.guarding import guarded
from ml_ci.parity.faults.luma import BT601, BT709, from_ycc
from ml_ci.parity.faults.opening import opened
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import DECODED

Pixels = NDArray[np.uint8]

_SIZES = (32, 64, 96, 112, 128, 160, 192, 224, 256, 299, 320, 384, 448, 512, 640, 1024)
_LARGEST = 4096
_LARGEST_SCALE = 8


def _in_colour(again: Callable[[bytes], Pixels]) -> Make:
    """JPEGs of three channels decoded by ``again``; everything else as it should be."""

    def make(content: bytes, reference: Reference) -> Decoded:
        decoded = reference.decode(content)
        if format_of(content) != "JPEG" or decoded.mode != "RGB":
            return decoded
        return Decoded(pixels=again(content), mode="RGB")

    return make


def _fast(*, dct: bool, upsampling: bool) -> Make:
    def again(content: bytes) -> Pixels:
        pixels: Pixels = simplejpeg.decode_jpeg(
            content, "RGB", fastdct=dct, fastupsample=upsampling
        )
        return pixels

    return _in_colour(again)


def _by_matrix(matrix: NDArray[np.float64], *, limited: bool = False, order: str = "YCbCr") -> Make:
    def again(content: bytes) -> Pixels:
        with opened(content) as image:
            image.draft("YCbCr", image.size)
            levels = np.array(image).astype(np.float64)  # (H, W, 3)
        if order == "YCrCb":
            levels = levels[..., [0, 2, 1]]
        levels -= (16, 128, 128) if limited else (0, 128, 128)
        levels *= (255 / 219, 255 / 224, 255 / 224) if limited else 1
        pixels: Pixels = np.clip(np.rint(levels @ matrix.T), 0, 255).astype(np.uint8)
        return pixels

    return _in_colour(again)


@dataclass(frozen=True, kw_only=True)
class Draft(Described):
    """Decoded at 1/2, 1/4 or 1/8: the smallest that is at least as large as a wanted square."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its side, in pixels."""
        return (Parameter(name="side", low=1, high=_LARGEST, whole=True),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The side of the model's input, and twice that."""
        side = max(reference.settings.size)
        return [self._variant(side), self._variant(2 * side)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The side that gives every JPEG the size that it has, a usual one if one does."""
        low, high, shrunk = 1, _LARGEST, False
        for content, made in zip(evidence.given, evidence.made, strict=True):
            if format_of(content) != "JPEG" or not isinstance(made, Decoded):
                continue
            with opened(content) as image:
                shorter = min(image.size)
            theirs = max(min(made.pixels.shape[:2]), 1)
            scale = 2 ** round(np.log2(max(shorter / theirs, 1)))
            shrunk = shrunk or scale > 1
            high = min(high, shorter // scale if scale > 1 else _LARGEST)
            low = max(low, shorter // (2 * scale) + 1 if scale < _LARGEST_SCALE else 1)
        usual = (max(reference.settings.size), *_SIZES, high)
        fitting = [side for side in usual if low <= side <= high]
        return [self._variant(fitting[0])] if shrunk and fitting else []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This side."""
        del reference
        return self._variant(max(1, round(values[0])))

    def _variant(self, side: int) -> Variant:
        def again(content: bytes) -> Pixels:
            with opened(content) as image:
                image.draft("RGB", (side, side))
                return np.array(image.convert("RGB"))

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"side": side},
            said=f"JPEGs are decoded at 1/2, 1/4 or 1/8 of their size, no smaller than {side} px",
            remedy=Remedy(
                server="decode at full size and let preprocessing resize: remove Pillow's "
                "`draft` or `thumbnail`, OpenCV's `IMREAD_REDUCED_…`, a decoder's `scale`",
                script="",
            ),
            make=guarded(_in_colour(again)),
        )


_ACCURATE = "ask the decoder for {}, or follow it where it cannot: decode training pictures with it"
_JPEG = "a JPEG in colour"


def _matrix(name: str, said: str, make: Make) -> Way:
    return Way(
        name=name,
        said=said,
        server="JPEG (JFIF) is full range BT.601 with Cb before Cr: tell what converts it so",
        make=make,
        grain=1.0,
    )


FAULTS = (
    Ways(
        id="chroma-nearest",
        step=DECODED.name,
        title="Chroma of JPEGs upsampled without interpolation",
        symptom="edges of colours in JPEGs are a few levels off, other formats as before",
        source="https://github.com/NVIDIA/DALI/pull/4662",
        witness="a JPEG with 4:2:0 or 4:2:2 chroma and edges of colours",
        ways=(
            Way(
                name="nearest",
                said="nearest instead of interpolated (fancy) chroma upsampling in JPEGs",
                server=_ACCURATE.format("fancy upsampling"),
                make=_fast(dct=False, upsampling=True),
            ),
        ),
    ),
    Ways(
        id="idct-fast",
        step=DECODED.name,
        title="JPEGs decoded with the fast inverse DCT",
        symptom="JPEGs are a few levels off, other formats as before",
        source="https://github.com/CODAIT/deep-histopath/pull/12",
        witness=_JPEG,
        ways=(
            Way(
                name="fast",
                said="fast instead of accurate inverse DCT in JPEGs",
                server=_ACCURATE.format("the accurate integer DCT (`INTEGER_ACCURATE`, islow)"),
                make=_fast(dct=True, upsampling=False),
            ),
            Way(
                name="fast, nearest chroma",
                said="fast inverse DCT and nearest chroma upsampling in JPEGs",
                server=_ACCURATE.format("the accurate DCT and fancy upsampling"),
                make=_fast(dct=True, upsampling=True),
            ),
        ),
    ),
    Ways(
        id="jpeg-matrix",
        step=DECODED.name,
        title="JPEG's YCbCr read by another matrix or range",
        symptom="JPEGs are tinted or have another contrast, other formats as before",
        source="https://github.com/NVIDIA/DALI/issues/1012",
        witness=_JPEG,
        parameter="matrix",
        ways=(
            _matrix(
                "BT.709",
                "JPEGs are converted from YCbCr by BT.709 instead of BT.601",
                _by_matrix(from_ycc(BT709)),
            ),
            _matrix(
                "BT.601, limited",
                "JPEGs are read as if their range were limited (16–235)",
                _by_matrix(from_ycc(BT601), limited=True),
            ),
            _matrix(
                "BT.709, limited",
                "JPEGs are read by BT.709 and as if their range were limited (16–235)",
                _by_matrix(from_ycc(BT709), limited=True),
            ),
            _matrix(
                "Cb and Cr exchanged",
                "Cb and Cr of JPEGs are exchanged, as between NV12 and NV21",
                _by_matrix(from_ycc(BT601), order="YCrCb"),
            ),
        ),
    ),
    Draft(
        id="draft-decoded",
        step=DECODED.name,
        title="JPEGs decoded at a fraction of their size",
        symptom="large JPEGs are slightly softer or sharper, other formats as before",
        source="https://github.com/python-pillow/Pillow/issues/4231",
        witness="a JPEG at least twice as large as the model's input",
    ),
)
