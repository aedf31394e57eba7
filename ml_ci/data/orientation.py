"""Orientation: how a camera was held, read from EXIF, and the picture turned upright."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

UPRIGHT = 1
_TAG = 0x0112
_FORMATS = {3: "H", 4: "I"}  # TIFF types SHORT and LONG
_ENTRY_BYTES = 12

Pixels = NDArray[np.uint8]

_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}


def orientation_of(exif: bytes) -> int:
    """The orientation 1–8 in an EXIF block; 1 where there is none or it cannot be read.

    Only the first directory counts; XMP is not asked.
    """
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return UPRIGHT
    try:
        value = _tag_value(block, order)
    except struct.error:  # an offset points beyond the block
        return UPRIGHT
    return value if value in _TURNS else UPRIGHT


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """(H, W, C) as stored → as seen; 5–8 exchange height and width."""
    turn = _TURNS.get(orientation)
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def _tag_value(block: bytes, order: str) -> int | None:
    (directory,) = struct.unpack_from(f"{order}I", block, 4)
    (count,) = struct.unpack_from(f"{order}H", block, directory)
    for number in range(count):
        place = directory + 2 + number * _ENTRY_BYTES
        tag, kind = struct.unpack_from(f"{order}HH", block, place)
        if tag == _TAG and kind in _FORMATS:
            (value,) = struct.unpack_from(order + _FORMATS[kind], block, place + 8)
            return int(value)
    return None
