"""The segments of a JPEG: how it is coded, and what it carries besides the picture.

Nothing is decoded, and nothing is raised: of a damaged file, what comes before the damage is told.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ml_ci.data.jpeg_quality import Table

_START, _END, _SCAN, _TABLES, _COMMENT = 0xD8, 0xD9, 0xDA, 0xDB, 0xFE
_APPLICATION = range(0xE0, 0xF0)
_ADOBE = 0xEE  # says how the colours are coded: part of the picture
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
# Start of frame: all but those that define Huffman tables, extensions and arithmetic coding
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
_SAMPLINGS = {
    (1, 1): "4:4:4",
    (2, 1): "4:2:2",
    (2, 2): "4:2:0",
    (1, 2): "4:4:0",
    (4, 1): "4:1:1",
}
# ITU-T T.81, figure A.6: place in the file → place in the table, row by row
ZIGZAG = tuple(
    sorted(
        range(64),
        key=lambda place: (
            place // 8 + place % 8,
            place // 8 if (place // 8 + place % 8) % 2 else place % 8,
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """How the picture is coded."""

    width: int
    height: int
    progressive: bool
    components: int
    sampling: str
    """`4:2:0` and its like; of other components than three, width × height of each in blocks."""
    tables: tuple[Table, ...]
    """Quantisation of each component; shorter where a table is missing."""


def segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, content) of each segment of the first picture; a scan's is followed by its data."""
    place = 2
    while (found := _MARKER.search(content, place)) is not None:
        marker, place = content[found.end() - 1], found.end()
        if marker == _END:
            return
        if marker in _STANDALONE or marker == _START:
            continue
        length = int.from_bytes(content[place : place + 2], "big")
        end = place + max(length, 2)
        if marker == _SCAN:
            following = _MARKER.search(content, end)
            end = len(content) if following is None else following.start()
        yield marker, content[place + 2 : end]
        place = end


def frame_of(parts: list[tuple[int, bytes]]) -> Frame | None:
    """How the picture of these segments is coded; None where that cannot be read."""
    frames = [(marker, body) for marker, body in parts if marker in _FRAMES]
    try:
        marker, body = frames[0]
        height, width, count = struct.unpack_from(">HHB", body, 1)
        components = [struct.unpack_from(">BB", body, 7 + 3 * number) for number in range(count)]
    except (IndexError, struct.error):
        return None
    tables = _quantisation(parts)
    return Frame(
        width=width,
        height=height,
        progressive=marker in _PROGRESSIVE,
        components=count,
        sampling=_sampling([(factor >> 4, factor & 15) for factor, _ in components]),
        tables=tuple(tables[number] for _, number in components if number in tables),
    )


def application_data(parts: list[tuple[int, bytes]], number: int, label: bytes) -> list[bytes]:
    """Contents of the APP segments with this number that begin with ``label``, without it."""
    marker = _APPLICATION[number]
    return [
        body.removeprefix(label)
        for other, body in parts
        if other == marker and body.startswith(label)
    ]


def picture_data(parts: list[tuple[int, bytes]]) -> bytes:
    """All that decides about pixels: everything but comments and application data."""
    return b"".join(
        bytes([marker]) + body
        for marker, body in parts
        if marker == _ADOBE or (marker not in _APPLICATION and marker != _COMMENT)
    )


def _quantisation(parts: list[tuple[int, bytes]]) -> dict[int, Table]:
    """By number; of one that is defined twice, the last."""
    tables: dict[int, Table] = {}
    for marker, body in parts:
        place = 0
        while marker == _TABLES and place < len(body):
            wide, number = body[place] >> 4, body[place] & 15
            steps = body[place + 1 : place + 1 + 64 * (1 + bool(wide))]
            if len(steps) < 64 * (1 + bool(wide)):
                break
            values = struct.unpack(">64H" if wide else ">64B", steps)
            in_rows = dict(zip(ZIGZAG, values, strict=True))
            tables[number] = tuple(in_rows[index] for index in range(64))
            place += 1 + len(steps)
    return tables


def _sampling(factors: list[tuple[int, int]]) -> str:
    if len(factors) == 3 and factors[1] == factors[2] and min(factors[1]) > 0:
        (wide, high), (narrow, low), _ = factors
        known = _SAMPLINGS.get((wide // narrow, high // low))
        if known is not None and wide % narrow == 0 and high % low == 0:
            return known
    if len(factors) == 1:
        return "grey"
    if len(set(factors)) == 1:
        return "4:4:4"
    return " ".join(f"{wide}×{high}" for wide, high in factors)
