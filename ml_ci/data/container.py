"""A container: the file format around the pixels, and whether all of it has arrived.

Decoders forgive what is missing: libjpeg paints it grey, a PNG's checksum over its pixels goes
unread. So the frame is walked here before any pixel is decoded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.refusal import ImageError

Pixels = NDArray[np.uint8]
Format = Literal["PNG", "JPEG", "WebP", "GIF", "BMP"]
ACCEPTED: tuple[Format, ...] = ("PNG", "JPEG", "WebP", "GIF", "BMP")
SUFFIXES: dict[Format, tuple[str, ...]] = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "WebP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
}
TRUNCATED = "the file is cut off before its end"

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_JPEG_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # TEM, restart markers, start of image
# In a scan 0xFF is data when 0 or a restart number follows, padding when another 0xFF does.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Any bits without 0xFF will do, if there are enough to reach a visible coefficient.
_FURTHER_DATA = bytes(range(7, 247, 3)) * 4
_BMP_UNCOMPRESSED = {0, 3, 6}  # BI_RGB and the two bit-field layouts


def format_of(content: bytes) -> Format:
    """The format by its first bytes, whatever the file is called. Raises ImageError."""
    if content.startswith(_PNG_SIGNATURE):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if content[:2] == b"BM":
        return "BMP"
    if not content:
        raise ImageError("the file is empty")
    raise ImageError(f"this is no {', '.join(ACCEPTED[:-1])} or {ACCEPTED[-1]} image")


def check_complete(content: bytes, kind: Format) -> None:
    """Raise ImageError when the container is cut off or damaged, or is an animated PNG."""
    check = {
        "PNG": _check_png,
        "JPEG": _check_jpeg,
        "WebP": _check_webp,
        "GIF": _check_gif,
        "BMP": _check_bmp,
    }[kind]
    try:
        check(content)
    except (struct.error, IndexError):  # a field lies beyond the last byte
        raise ImageError(TRUNCATED) from None


def webp_size(content: bytes) -> tuple[int, int]:
    """Width and height from the header: Pillow allocates the pixels on opening. (W, H)"""
    try:
        return _webp_size(content)
    except (struct.error, IndexError):
        raise ImageError(TRUNCATED) from None


def png_depth(content: bytes) -> int:
    """Bits per channel of a complete PNG."""
    return content[24]


def was_closed_again(jpeg: bytes, pixels_of: Callable[[bytes], Pixels]) -> bool:
    """Whether a JPEG was cut off and given a new end, so that the rest of it decodes as grey.

    A complete picture ignores more data before its end marker; a cut one draws something from it.
    Costs a second decoding by ``pixels_of``, so it is asked of data sets and not of requests.
    """
    end = _jpeg_end(jpeg)
    longer = jpeg[:end] + _FURTHER_DATA + jpeg[end:]
    return not np.array_equal(pixels_of(jpeg), pixels_of(longer))


def _check_png(content: bytes) -> None:
    ended = False
    for name, body, checksum in _png_chunks(content):
        if name == b"acTL":  # asked here because Pillow warns about a malformed one
            raise ImageError("the PNG is animated; only still images are taken")
        if zlib.crc32(name + body) != checksum:
            raise ImageError(f"the PNG is damaged: the checksum of {name!r} does not match")
        ended = name == b"IEND"
        if ended:
            break
    if not ended:
        raise ImageError(TRUNCATED)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    place = len(_PNG_SIGNATURE)
    while place < len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        body = content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, place + 8 + length)
        yield name, body, checksum
        place += 12 + length


def _check_jpeg(content: bytes) -> None:
    _jpeg_end(content)


def _jpeg_end(content: bytes) -> int:
    """Where the first image's end marker stands; what comes after it is not looked at."""
    place, scans = 2, 0
    while True:
        found = _JPEG_MARKER.search(content, place)
        if found is None:
            raise ImageError(TRUNCATED)
        marker, place = content[found.end() - 1], found.end()
        if marker == _JPEG_END:
            break
        if marker in _JPEG_STANDALONE:
            continue
        scans += marker == _JPEG_SCAN
        (length,) = struct.unpack_from(">H", content, place)
        place += length
    if not scans:
        raise ImageError("the JPEG holds no picture")
    return place - 2


def _check_webp(content: bytes) -> None:
    (size,) = struct.unpack_from("<I", content, 4)
    if len(content) < size + 8:
        raise ImageError(TRUNCATED)


def _webp_size(content: bytes) -> tuple[int, int]:
    chunk = content[12:16]
    if chunk == b"VP8X":
        low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", content, 24)
        return low_w + (high_w << 16) + 1, low_h + (high_h << 16) + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ImageError("the WebP holds no picture")


def _check_gif(content: bytes) -> None:
    if content[-1:] != b";":
        raise ImageError(TRUNCATED)


def _check_bmp(content: bytes) -> None:
    (header,) = struct.unpack_from("<I", content, 14)
    if header < 40:
        return  # the oldest header has no compression field
    (compression,) = struct.unpack_from("<I", content, 30)
    if compression not in _BMP_UNCOMPRESSED:
        raise ImageError("the BMP is compressed; save it uncompressed or as PNG")
