"""Encodings: one picture as the file formats clients really send, down to their rare corners."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.prepare.drawing import Colour, Coverage, Pixels
from ml_ci.data.prepare.profile import swapped_linear_profile

ORIENTATION_TAG = 0x0112
# What undoes each EXIF orientation: the stored picture is the upright one so transformed.
STORED: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def save(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encode with Pillow; PNGs so that their bytes don't depend on the processor."""
    stream = io.BytesIO()
    if kind == "PNG":
        options["compress_type"] = zlib.Z_RLE
    image.save(stream, kind, **options)
    return stream.getvalue()


def turned(pixels: Pixels, orientation: int) -> tuple[Image.Image, bytes]:
    """The picture as a camera held another way stores it, and the EXIF that says so."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    image = Image.fromarray(pixels)
    if orientation in STORED:
        image = image.transpose(STORED[orientation])
    return image, exif.tobytes()


def cmyk(pixels: Pixels) -> Image.Image:
    """Black takes over what all inks share: R = (255 − C)(255 − K) / 255 gives the picture back."""
    light = pixels.astype(np.int32)  # (H, W, 3)
    lightest = light.max(axis=2, keepdims=True)  # 255 − K
    inks = 255 - (light * 255 + lightest // 2) // np.maximum(lightest, 1)
    inks[lightest[..., 0] == 0] = 0
    levels = np.concatenate([inks, 255 - lightest], axis=2).astype(np.uint8)
    return Image.fromarray(levels, mode="CMYK")


def without_adobe_marker(jpeg: bytes) -> bytes:
    """The same JPEG without its APP14 segment."""
    start = jpeg.index(b"\xff\xee")
    length = int.from_bytes(jpeg[start + 2 : start + 4], "big")
    return jpeg[:start] + jpeg[start + 2 + length :]


def as_ycck(jpeg: bytes) -> bytes:
    """The same CMYK JPEG declared YCCK: what it holds is then read as luma, chroma and black."""
    place = jpeg.index(b"\xff\xee") + 15  # the transform flag, last byte of APP14
    return jpeg[:place] + b"\x02" + jpeg[place + 1 :]


def ycck_planes(pixels: Pixels) -> Image.Image:
    """Four planes that ``as_ycck`` declares correctly: the picture's inks, and no black.

    A decoder gets inverted cyan from 255 − (Y + 1.402 Cr'), so Y, Cb, Cr are those of the negative.
    """
    ycc = np.asarray(Image.fromarray(255 - pixels).convert("YCbCr"))  # (H, W, 3)
    no_black = np.zeros_like(ycc[..., :1])
    # Pillow inverts every plane on writing, as Adobe's CMYK wants it
    return Image.fromarray(np.concatenate([255 - ycc, no_black], axis=2), mode="CMYK")


def palette(coverage: Coverage, ink: Colour, paper: Colour) -> Image.Image:
    """Sixteen colours from paper (index 0) to ink (index 15)."""
    image = Image.fromarray(coverage >> 4, mode="P")
    steps = [
        (ink[channel] * index + paper[channel] * (15 - index) + 7) // 15
        for index in range(16)
        for channel in range(3)
    ]
    image.putpalette(steps)
    return image


def with_alpha(alpha: Coverage, ink: Colour, hidden: Colour) -> Image.Image:
    """Ink where ``alpha`` says; ``hidden`` is stored under the fully transparent pixels."""
    colours = np.where((alpha > 0)[..., None], np.array(ink), np.array(hidden))  # (H, W, 3)
    return Image.fromarray(np.dstack([colours, alpha]).astype(np.uint8), mode="RGBA")


def sixteen_bit_png(levels: NDArray[np.uint16], extra_chunks: bytes = b"") -> bytes:
    """A 16-bit PNG of (H, W, C), C = 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA, stored uncompressed."""
    height, width, channels = levels.shape
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    rows = levels.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)  # filter 0 before every row
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + extra_chunks
        + _chunk(b"IDAT", _stored(raw))
        + _chunk(b"IEND", b"")
    )


def multi_picture(pixels: Pixels) -> bytes:
    """A JPEG as phones send it, with a second, smaller picture behind the first."""
    image = Image.fromarray(pixels)
    preview = image.resize((image.width // 2, image.height // 2))
    return save(image, "MPO", save_all=True, append_images=[preview], quality=90)


def with_profile(pixels: Pixels, kind: str, **options: object) -> bytes:
    """An image whose ICC profile, where it is honoured, changes every colour."""
    return save(Image.fromarray(pixels), kind, icc_profile=swapped_linear_profile(), **options)


def _chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def _stored(raw: bytes) -> bytes:
    """A zlib stream of stored blocks: no compressor's choices in it."""
    most = 65_535
    starts = range(0, len(raw), most)
    blocks = b"".join(
        struct.pack("<BHH", int(start == starts[-1]), len(part), len(part) ^ 0xFFFF) + part
        for start in starts
        for part in [raw[start : start + most]]
    )
    return b"\x78\x01" + blocks + struct.pack(">I", zlib.adler32(raw))
