"""What engines and servers say: the end of a log in bounded lines, an error in one."""

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


def one_line(said: object) -> str:
    """An error, or what an engine said, on one line; the kind of an error that says nothing."""
    return " ".join(str(said).split()) or type(said).__name__
