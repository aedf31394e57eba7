"""An inspection: what a file says of itself before any pixel is decoded.

It is made of files that others changed, so nothing is raised: what cannot be read is None.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ml_ci.data.container import Format, check_complete, format_of, webp_size
from ml_ci.data.jpeg_quality import Quality, quality_of
from ml_ci.data.jpeg_segments import application_data, frame_of, picture_data, segments
from ml_ci.data.orientation import UPRIGHT, orientation_of
from ml_ci.data.refusal import ImageError

_HEAD = 16  # bytes that are shown of what is no image
_PROFILE_BYTES = 16 * 2**20  # a compressed profile is not unpacked beyond this
_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """One file, or what arrived in its place."""

    size: int
    """Bytes."""
    head: bytes
    """The first bytes."""
    format: Format | None
    """None: no image that is taken here."""
    incomplete: str | None = None
    """Why it is cut off or damaged; None when it is neither."""
    sides: tuple[int, int] | None = None
    """Width and height as stored, before any turning."""
    layout: str = ""
    """What a pixel is: `RGB`, `grey`, `palette with alpha`, `16-bit RGB`…"""
    lossless: bool = True
    sampling: str = ""
    """Of a JPEG: `4:2:0`."""
    quality: Quality | None = None
    """Of a JPEG."""
    progressive: bool = False
    has_exif: bool = False
    orientation: int = UPRIGHT
    """1–8, as EXIF says."""
    profile_sha256: str | None = None
    """Of the ICC profile."""
    picture_sha256: str | None = None
    """Of the compressed picture, without metadata."""

    @property
    def coding(self) -> str:
        """The format and what an encoder was told: `JPEG, quality 75, 4:2:0`."""
        if self.format is None:
            return "no image"
        if self.format == "WebP":
            return "lossless WebP" if self.lossless else "lossy WebP"
        details = [str(self.quality)] if self.quality else []
        details += [self.sampling] if self.sampling not in ("", "grey") else []
        return ", ".join([self.format, *details])


def inspect(content: bytes) -> Inspection:
    """What ``content`` says of itself."""
    try:
        kind = format_of(content)
    except ImageError:
        return Inspection(size=len(content), head=content[:_HEAD], format=None)
    plain = Inspection(
        size=len(content),
        head=content[:_HEAD],
        format=kind,
        incomplete=_why_incomplete(content, kind),
    )
    try:
        return replace(plain, **_READERS[kind](content))
    except (struct.error, LookupError, ImageError, zlib.error):  # a field is not there
        return plain


Facts = dict[str, Any]
"""Fields of an Inspection."""


def _why_incomplete(content: bytes, kind: Format) -> str | None:
    try:
        check_complete(content, kind)
    except ImageError as error:
        return str(error)
    return None


def _jpeg(content: bytes) -> Facts:
    parts = list(segments(content))
    exif = application_data(parts, 1, _EXIF)
    profile = b"".join(part[2:] for part in sorted(application_data(parts, 2, _ICC)))
    facts: Facts = {
        "lossless": False,
        "has_exif": bool(exif),
        "orientation": orientation_of(exif[0]) if exif else UPRIGHT,
        "profile_sha256": _sha256(profile) if profile else None,
        "picture_sha256": _sha256(picture_data(parts)),
    }
    frame = frame_of(parts)
    if frame is None:
        return facts
    return facts | {
        "sides": (frame.width, frame.height),
        "layout": {1: "grey", 3: "RGB", 4: "CMYK"}.get(frame.components, ""),
        "sampling": frame.sampling,
        "quality": quality_of(frame.tables),
        "progressive": frame.progressive,
    }


def _png(content: bytes) -> Facts:
    chunks = list(_png_chunks(content))
    bodies = dict(reversed(chunks))
    width, height, depth, kind = struct.unpack_from(">IIBB", bodies[b"IHDR"])
    layout = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}[kind]
    layout += " with alpha" if b"tRNS" in bodies else ""
    exif, profile = bodies.get(b"eXIf", b""), bodies.get(b"iCCP", b"")
    picture = [name + body for name, body in chunks if name in (b"IHDR", b"PLTE", b"tRNS")]
    picture += [body for name, body in chunks if name == b"IDAT"]
    return {
        "sides": (width, height),
        "layout": f"16-bit {layout}" if depth == 16 else layout,
        "has_exif": bool(exif),
        "orientation": orientation_of(exif),
        "profile_sha256": _sha256(_unpacked(profile)) if profile else None,
        "picture_sha256": _sha256(b"".join(picture)),
    }


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, content), as far as they are complete."""
    place = 8
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        yield content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        place += 12 + length


def _unpacked(profile: bytes) -> bytes:
    """The ICC profile in an iCCP chunk: name, zero, method, zlib data."""
    packed = profile.partition(b"\0")[2][1:]
    return zlib.decompressobj().decompress(packed, _PROFILE_BYTES)


def _webp(content: bytes) -> Facts:
    chunks = dict(reversed(list(_webp_chunks(content))))
    lossless = chunks.get(b"VP8L")
    alpha = b"ALPH" in chunks or (lossless is not None and bool(lossless[4] & 0x10))
    exif, profile = chunks.get(b"EXIF", b""), chunks.get(b"ICCP", b"")
    picture = [chunks.get(name, b"") for name in (b"ALPH", b"VP8 ", b"VP8L")]
    return {
        "sides": webp_size(content),
        "layout": "RGB with alpha" if alpha else "RGB",
        "lossless": lossless is not None,
        "has_exif": bool(exif),
        "orientation": orientation_of(exif),
        "profile_sha256": _sha256(profile) if profile else None,
        "picture_sha256": _sha256(b"".join(picture)),
    }


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(content):
        (length,) = struct.unpack_from("<I", content, place + 4)
        yield content[place : place + 4], content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _gif(content: bytes) -> Facts:
    width, height = struct.unpack_from("<HH", content, 6)
    return {"sides": (width, height), "layout": "palette"}


def _bmp(content: bytes) -> Facts:
    width, height, _, depth = struct.unpack_from("<iiHH", content, 18)
    layout = {1: "palette", 4: "palette", 8: "palette", 32: "RGB with alpha"}.get(depth, "RGB")
    return {"sides": (width, abs(height)), "layout": layout}


_READERS: dict[Format, Callable[[bytes], Facts]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "WebP": _webp,
    "GIF": _gif,
    "BMP": _bmp,
}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
