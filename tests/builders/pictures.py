"""Pictures of every kind that is taken: modes, depths, transparency, orientation, formats."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from ml_ci.data.prepare import encoding
from tests.builders.decoding import KINDS
from tests.builders.images import encoded, picture, png_chunk, png_of, with_orientation


def every_picture() -> dict[str, bytes]:
    """Encoded, by what is special about them."""
    return dict([*_formats(), *_modes(), *_clear(), *_deep(), *_orientations()])


def _formats() -> Iterator[tuple[str, bytes]]:
    image = Image.fromarray(picture(height=16, width=24))
    for kind, encode in KINDS.items():
        yield f"format {kind}", encode(image)
    yield "multi-picture JPEG", encoding.multi_picture(picture(1, height=16, width=16))
    yield "profile", encoding.with_profile(picture(), "PNG")


def _modes() -> Iterator[tuple[str, bytes]]:
    image = Image.fromarray(picture(2, height=11, width=14))
    cmyk = encoded(encoding.cmyk(picture(height=16, width=16)), "JPEG")
    yield "CMYK", cmyk
    yield "CMYK without marker", encoding.without_adobe_marker(cmyk)
    planes = encoded(encoding.ycck_planes(picture(height=16, width=16)), "JPEG")
    yield "YCCK", encoding.as_ycck(planes)
    for mode in ("1", "L", "LA", "RGBA"):
        yield f"PNG {mode}", encoded(_translucent(image).convert(mode), "PNG")
    yield "grey JPEG", encoded(image.convert("L"), "JPEG")
    yield "palette", encoded(image.quantize(5), "PNG")
    yield "grey BMP", encoded(image.convert("L"), "BMP")
    yield "palette BMP", encoded(image.quantize(200), "BMP")


def _clear() -> Iterator[tuple[str, bytes]]:
    """One level, colour or index that is transparent."""
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(grey)
    yield "clear bit", encoded(Image.fromarray(grey > 5), "PNG", transparency=1)
    yield "clear level", encoded(image, "PNG", transparency=7)
    colour = np.dstack([grey, grey, grey])
    yield "clear colour", encoded(Image.fromarray(colour), "PNG", transparency=(3, 3, 3))
    indexed = Image.fromarray(grey % 3, mode="P")
    indexed.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    yield "clear index", encoded(indexed, "PNG", transparency=1)
    yield "clear indices", encoded(indexed, "PNG", transparency=bytes([0, 51]))
    yield "clear index GIF", encoded(indexed, "GIF", transparency=1)
    header = struct.pack(">IIBBBBB", 4, 1, 2, 0, 0, 0, 0)  # 4×1, 2 bits, grey
    rows = zlib.compress(b"\0" + bytes([0b00_01_10_11]))
    chunks = [(b"IHDR", header), (b"tRNS", b"\0\2"), (b"IDAT", rows), (b"IEND", b"")]
    parts = b"".join(png_chunk(*chunk) for chunk in chunks)
    yield "two bits with a clear level", b"\x89PNG\r\n\x1a\n" + parts


def _deep() -> Iterator[tuple[str, bytes]]:
    random = np.random.default_rng(3)
    for channels in (1, 2, 3, 4):
        levels = random.integers(0, 65536, (5, 4, channels), dtype=np.uint16)
        yield f"16 bits, {channels} channels", png_of(levels)
    clear = np.array([[[256, 0, 0], [257, 0, 0]]], np.uint16)
    yield "16 bits, clear colour", png_of(clear, (b"tRNS", bytes([1, 0, 0, 0, 0, 0])))
    grey = np.array([[[256], [257]]], np.uint16)
    yield "16 bits, clear level", png_of(grey, (b"tRNS", bytes([1, 0])))


def _orientations() -> Iterator[tuple[str, bytes]]:
    image = Image.fromarray(picture(height=16, width=24))
    for kind in ("PNG", "WEBP", "JPEG"):
        for orientation in range(10):  # 0 and 9 mean nothing
            yield f"{kind} turned {orientation}", with_orientation(image, kind, orientation)
    for name, block in {
        "cut off": b"Exif\0\0II*\0\x08\0\0\0\x05\0",
        "no TIFF": b"Exif\0\0nothing that is known",
        "as LONG": b"II*\0\x08\0\0\0\x01\0\x12\x01\x04\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
        "as BYTE": b"II*\0\x08\0\0\0\x01\0\x12\x01\x01\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
        "big-endian": b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
    }.items():
        yield f"EXIF {name}", encoded(image, "PNG", exif=block)


def _translucent(image: Image.Image) -> Image.Image:
    """With every alpha from 0 on."""
    alpha = np.arange(image.width * image.height) % 256
    mask = Image.fromarray(alpha.astype(np.uint8).reshape(image.height, image.width))
    translucent = image.copy()
    translucent.putalpha(mask)
    return translucent
