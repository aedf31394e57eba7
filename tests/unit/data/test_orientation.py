"""Orientation, read from EXIF bytes of every kind."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_ci.data.orientation import orientation_of


def exif(order: str, *entries: tuple[int, int, int]) -> bytes:
    """One directory of (tag, TIFF type, value)."""
    block = b"II*\0" if order == "<" else b"MM\0*"
    block += struct.pack(f"{order}IH", 8, len(entries))
    for tag, kind, value in entries:
        field = struct.pack(order + ("H2x" if kind == 3 else "I"), value)
        block += struct.pack(f"{order}HHI", tag, kind, 1) + field
    return block + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"], ids=["little endian", "big endian"])
@pytest.mark.parametrize("kind", [3, 4], ids=["short", "long"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"], ids=["bare", "prefixed"])
def test_orientation_of__every_layout(order: str, kind: int, prefix: bytes) -> None:
    block = exif(order, (0x0100, 4, 640), (0x0112, kind, 6))
    assert orientation_of(prefix + block) == 6


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_orientation_of__value_out_of_range(value: int) -> None:
    assert orientation_of(exif("<", (0x0112, 3, value))) == 1


def test_orientation_of__no_such_tag() -> None:
    assert orientation_of(exif("<", (0x0100, 3, 6))) == 1


def test_orientation_of__cut_off() -> None:
    assert orientation_of(exif("<", (0x0112, 3, 6))[:16]) == 1


@given(st.binary(max_size=80), st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_orientation_of__any_bytes(rest: bytes, start: bytes) -> None:
    assert orientation_of(start + rest) in range(1, 9)
