"""An ICC profile: red and blue primaries exchanged, light linear, so that nobody can miss it."""

from __future__ import annotations

import struct

# sRGB primaries adapted to D50 (ICC.1:2010, annex on sRGB), X Y Z
RED = (0.4361, 0.2225, 0.0139)
GREEN = (0.3851, 0.7169, 0.0971)
BLUE = (0.1431, 0.0606, 0.7141)
WHITE_D50 = (0.9642, 1.0, 0.8249)
HEADER_BYTES = 128


def swapped_linear_profile() -> bytes:
    """A version 2 matrix profile of 500-odd bytes."""
    linear = b"curv" + bytes(4) + struct.pack(">I", 0)  # no entries: the identity
    tags = {
        b"desc": _description("swapped and linear"),
        b"cprt": b"text" + bytes(4) + b"public domain\0",
        b"wtpt": _xyz(WHITE_D50),
        b"rXYZ": _xyz(BLUE),
        b"gXYZ": _xyz(GREEN),
        b"bXYZ": _xyz(RED),
        b"rTRC": linear,
        b"gTRC": linear,
        b"bTRC": linear,
    }
    offset = HEADER_BYTES + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        padded = body + bytes(-len(body) % 4)
        table += struct.pack(">4sII", name, offset + len(bodies), len(body))
        bodies += padded
    return _header(HEADER_BYTES + len(table) + len(bodies)) + table + bodies


def _header(size: int) -> bytes:
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    return (
        struct.pack(">I4sI", size, bytes(4), 0x02100000)
        + b"mntrRGB XYZ "
        + date
        + b"acsp"
        + bytes(28)  # platform, flags, device, attributes, intent
        + _numbers(WHITE_D50)
        + bytes(48)
    )


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _numbers(values)


def _numbers(values: tuple[float, float, float]) -> bytes:
    """Signed 15.16 fixed point."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _description(text: str) -> bytes:
    ascii_text = text.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(78)
