"""Small encoded images and the decode rule of tests."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.decode import DecodeRule

RULE = DecodeRule(
    orientation="exif",
    background=(255, 255, 255),
    max_bytes=100_000,
    max_side=300,
    max_pixels=40_000,
    max_aspect=20.0,
)


def picture(seed: int = 0, *, height: int = 9, width: int = 7) -> NDArray[np.uint8]:
    """uint8 H×W×3 of random levels."""
    random = np.random.default_rng(seed)
    return random.integers(0, 256, size=(height, width, 3), dtype=np.uint8)


def png(pixels: NDArray[np.uint8] | None = None) -> bytes:
    """A PNG of ``pixels``, lossless."""
    stream = io.BytesIO()
    Image.fromarray(picture() if pixels is None else pixels).save(stream, format="PNG")
    return stream.getvalue()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """``image`` in one of Pillow's formats."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def with_orientation(image: Image.Image, kind: str, orientation: int) -> bytes:
    """``image`` as it is, with EXIF that says it should be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    return encoded(image, kind, exif=exif.tobytes(), **options)


def png_of(levels: NDArray[np.uint8] | NDArray[np.uint16], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of (H, W, C) written by hand: 8 or 16 bits, ``chunks`` before the pixels."""
    height, width, channels = levels.shape
    bits = levels.dtype.itemsize * 8
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = levels.astype(levels.dtype.newbyteorder(">")).reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + checksum(name + content)


def checksum(content: bytes) -> bytes:
    """CRC-32, as PNG stores it."""
    return struct.pack(">I", zlib.crc32(content))
