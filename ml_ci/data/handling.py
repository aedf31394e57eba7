"""Handling: what was done to bytes as bytes on their way, where that is known exactly.

Each is tried forwards: what was sent, so handled, has to be what was received.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["cut off", "wrapped", "text", "damaged as text", "compressed"]

_DATA_URL = re.compile(rb"data:[\w.+/-]*(;[\w.+/=-]+)*;base64,", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_LEAST_BASE64 = 16  # characters; a shorter word may look like base64 by chance
_BLANKS = b" \t\r\n\"'"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


@dataclass(frozen=True, kw_only=True)
class Handling:
    """One thing that was done."""

    kind: Kind
    how: str
    """As it is said of the bytes received."""
    kept: int = 0
    """Of what is cut off: how many bytes arrived."""


def handling_of(sent: bytes, received: bytes) -> Handling | None:
    """What makes ``received`` of ``sent``; None when nothing here does, or nothing was done."""
    if received == sent:
        return None
    if sent.startswith(received):
        return Handling(kind="cut off", how="the end is missing", kept=len(received))
    # Before looking for it: what cannot be compressed lies in a gzip file as it is
    if _unpacked(received, most=len(sent)) == sent:
        return Handling(kind="compressed", how="still compressed (gzip or deflate)")
    place = received.find(sent) if sent else -1
    if place >= 0:
        behind = len(received) - place - len(sent)
        return Handling(
            kind="wrapped", how=f"more around it: {place} bytes before, {behind} behind"
        )
    text = text_around(received)
    if text is not None and text[1] == sent:
        return Handling(kind="text", how=text[0])
    for how, damage in _DAMAGES.items():
        if damage(sent) == received:
            return Handling(kind="damaged as text", how=how)
    return None


def text_around(received: bytes) -> tuple[str, bytes] | None:
    """What kind of text ``received`` is, and the bytes it stands for; None when it is none."""
    text = received.strip(_BLANKS)
    url = _DATA_URL.match(text)
    body = b"".join((text if url is None else text[url.end() :]).split())
    if len(body) < _LEAST_BASE64 or _BASE64.fullmatch(body) is None:
        return None
    plain = body.rstrip(b"=").translate(_URL_SAFE)
    try:
        content = base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return None
    return ("base64 text" if url is None else "a data URL with base64 text"), content


def _unpacked(received: bytes, most: int) -> bytes | None:
    """Never more than one byte beyond ``most``: a small answer must not unpack into a large one."""
    for bits in (_GZIP_OR_ZLIB, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(bits).decompress(received, most + 1)
        except zlib.error:
            continue
    return None


_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "read as UTF-8, with U+FFFD for what is none": lambda sent: sent.decode(
        "utf-8", errors="replace"
    ).encode("utf-8"),
    "read as UTF-8, without what is none": lambda sent: sent.decode(
        "utf-8", errors="ignore"
    ).encode("utf-8"),
    "read as ASCII, with U+FFFD for what is none": lambda sent: sent.decode(
        "ascii", errors="replace"
    ).encode("utf-8"),
    "read as Latin-1 and written as UTF-8": lambda sent: sent.decode("latin-1").encode("utf-8"),
    "read as Windows-1252 and written as UTF-8": lambda sent: sent.decode(
        "cp1252", errors="replace"
    ).encode("utf-8"),
    "every line feed made carriage return and line feed": lambda sent: sent.replace(b"\n", b"\r\n"),
    "every lone line feed made carriage return and line feed": lambda sent: re.sub(
        rb"(?<!\r)\n", b"\r\n", sent
    ),
    "every carriage return and line feed made one line feed": lambda sent: sent.replace(
        b"\r\n", b"\n"
    ),
    "every carriage return and line feed, or carriage return, made one line feed": (
        lambda sent: sent.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    ),
    "the highest bit of every byte cleared": lambda sent: bytes(byte & 0x7F for byte in sent),
}
