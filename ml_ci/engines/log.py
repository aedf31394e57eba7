"""The end of a log: enough lines to see why something failed, each of a bounded length."""

from __future__ import annotations

LOG_LINES = 200
LOG_LINE_BYTES = 1000


def last_lines(content: bytes) -> tuple[str, ...]:
    """The last LOG_LINES lines of what was logged, oldest first."""
    lines = content.decode("utf-8", errors="replace").splitlines()[-LOG_LINES:]
    return tuple(shortened(line) for line in lines)


def shortened(line: str) -> str:
    """At most LOG_LINE_BYTES characters, without the white space at the end."""
    return line[:LOG_LINE_BYTES].rstrip()
