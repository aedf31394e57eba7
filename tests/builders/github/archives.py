"""Zips that no uploader makes."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable


def archive(fill: Callable[[zipfile.ZipFile], None]) -> bytes:
    """A zip filled by ``fill``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
        fill(zipped)
    return stream.getvalue()


def one(name: str, content: bytes = b"{}", *, mode: int = 0, method: int = 8) -> bytes:
    """One entry; ``mode`` is the file type Unix gives it."""

    def fill(zipped: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (mode | 0o644) << 16
        entry.compress_type = method
        zipped.writestr(entry, content)

    return archive(fill)


def symlink(name: str, to: str) -> bytes:
    """An entry that is a link."""
    return one(name, to.encode(), mode=stat.S_IFLNK)


def bomb(name: str, size: int) -> bytes:
    """Zeros, a thousandth of their size."""
    return one(name, bytes(size))


def lying_bomb(name: str, size: int, announced: int) -> bytes:
    """A bomb whose directory announces another size."""
    content = bytearray(bomb(name, size))
    truth, lie = size.to_bytes(4, "little"), announced.to_bytes(4, "little")
    assert content.count(truth) >= 2
    return bytes(content.replace(truth, lie))


def encrypted(name: str) -> bytes:
    """An entry that says it is encrypted: the flag in both of its headers."""
    content = bytearray(one(name))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)
