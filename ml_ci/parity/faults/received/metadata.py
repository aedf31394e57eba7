"""Metadata taken out on the way: the picture's compressed bytes are untouched."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ml_ci.data.container import format_of
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import RECEIVED

_SCAN, _EXIF, _PROFILE = 0xDA, "exif", "profile"
_LABELS = {_EXIF: (0xE1, b"Exif\0\0"), _PROFILE: (0xE2, b"ICC_PROFILE\0")}  # JPEG: APP1, APP2
_CHUNKS = {_EXIF: {b"eXIf", b"EXIF"}, _PROFILE: {b"iCCP", b"ICCP"}}  # PNG, WebP
_FLAGS = {_EXIF: 0x08, _PROFILE: 0x20}  # in the first byte of WebP's VP8X


def _without(what: str) -> Make:
    def make(content: bytes, reference: Reference) -> bytes:
        del reference
        kind = format_of(content)
        if kind == "JPEG":
            return b"".join(_jpeg(content, what))
        if kind == "PNG":
            return content[:8] + b"".join(_png(content, what))
        if kind == "WebP" and content[12:16] == b"VP8X":
            body = b"".join(_webp(content, what))
            return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
        return content

    return make


def _jpeg(content: bytes, what: str) -> Iterator[bytes]:
    """Segments but those with the label; from the first scan on all that is left."""
    yield content[:2]
    place, (marker, label) = 2, _LABELS[what]
    while place + 4 <= len(content):
        code = content[place + 1]
        if code == _SCAN or content[place] != 0xFF:
            break
        (length,) = struct.unpack_from(">H", content, place + 2)
        end = place + 2 + length
        if not (code == marker and content[place + 4 :].startswith(label)):
            yield content[place:end]
        place = end
    yield content[place:]


def _png(content: bytes, what: str) -> Iterator[bytes]:
    place = 8
    while place + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if name not in _CHUNKS[what]:
            yield content[place:end]
        place = end


def _webp(content: bytes, what: str) -> Iterator[bytes]:
    place = 12
    while place + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, place)
        end = place + 8 + length + length % 2
        chunk = content[place:end]
        if name == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_FLAGS[what]]) + chunk[9:]
        if name not in _CHUNKS[what]:
            yield chunk
        place = end


FAULTS = (
    Ways(
        id="exif-stripped",
        step=RECEIVED.name,
        title="EXIF stripped on the way",
        symptom="photos of a phone held upright are answered wrongly, others as before",
        source="plausible",
        witness="a picture with an EXIF orientation other than 1",
        ways=(
            Way(
                name="stripped",
                said="EXIF is stripped on the way, and with it the orientation",
                server="keep EXIF on the way, or turn the pixels before it is dropped; where the "
                "bytes arrive whole, the server ignores the orientation itself",
                script="set `preprocess.orientation: ignore`",
                make=_without(_EXIF),
                possible=lambda reference: reference.rule.orientation == "exif",
            ),
        ),
    ),
    Ways(
        id="profile-stripped",
        step=RECEIVED.name,
        title="ICC profile stripped on the way",
        symptom="none: nothing here uses it",
        source="plausible",
        witness="none can: the picture is the same, only its bytes are others",
        ways=(
            Way(
                name="stripped",
                said="the ICC profile is stripped on the way, which changes no picture",
                server="nothing has to be done",
                make=_without(_PROFILE),
            ),
        ),
    ),
)
