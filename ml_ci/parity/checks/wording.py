"""Wording that the evidence of several checks shares."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.errors import printable

_NAMED = 3  # a sentence names this many and counts the rest
_NAME_CHARACTERS = 60  # a longer one is cut: evidence is one sentence
_HASH_DIGITS = 12


def named(names: Sequence[str]) -> str:
    """``a.png, b.png, c.png and 5 more``; a name cannot break the line or steer a terminal."""
    shown = ", ".join(quoted(name) for name in names[:_NAMED])
    rest = len(names) - _NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def quoted(name: str) -> str:
    """A name or value from the other side, on one line and not too long."""
    line = printable(name)
    return line if len(line) <= _NAME_CHARACTERS else f"{line[: _NAME_CHARACTERS - 1]}…"


def short(sha256: str) -> str:
    """As much of a hash as tells two apart."""
    return f"{sha256[:_HASH_DIGITS]}…"


def counted(count: int, total: int) -> str:
    """``on 3 of 71 images``, ``on all 71 images``, ``on 1 of 1 image``."""
    images = "image" if total == 1 else "images"
    return f"on all {total} {images}" if count == total > 1 else f"on {count} of {total} {images}"
