"""Text that comes from data, harmless for GitHub's Markdown and still readable in a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ZERO_WIDTH_SPACE = "\u200b"
# Each of these can start something anywhere in a line: code, emphasis, a link or picture, HTML, a
# table cell, strike-through, a character by its number (`&#64;` is a mention as well as `@` is). An
# underscore does so only at the edge of a word.
_MARKUP = re.compile(r"[\\`*\[\]<|~&]|(?<![^\W_])_|_(?![^\W_])")
# What GitHub turns into mentions, issue links, URLs and workflow commands: broken after the match.
_AUTOLINK = re.compile(r"@|#(?=\d)|:(?=//)|:(?=:)|www(?=\.)|\bGH(?=-\d)", re.IGNORECASE)
_NO_FORMULA = "＄"  # a backslash does not keep GitHub from reading a formula between two `$`
_COMMAND = re.compile(r":(?=:)|#(?=#\[)|!(?=\[)")
_BACKTICKS = re.compile(r"`+")
_LONGEST_LINE = 1000  # characters of one line of output
_LONGEST = 200  # characters of one value; a class name beyond that is not worth a table cell


def safe(text: str, longest: int = _LONGEST) -> str:
    """``text`` as plain words inside a line of Markdown.

    Markup is escaped; mentions, issue numbers, URLs and workflow commands are broken by a
    zero-width space; control and direction characters become ``?``, a dollar its wide form; text
    of more than ``longest`` characters is cut.
    """
    printable = "".join(_printable(character) for character in text[:longest])
    printable = printable.replace("$", _NO_FORMULA)
    escaped = _MARKUP.sub(lambda match: f"\\{match[0]}", printable)
    broken = _AUTOLINK.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, escaped)
    return broken + ("…" if len(text) > longest else "")


def fenced(lines: Sequence[str]) -> str:
    """Lines of a program's output as a block of code, which GitHub shows as it stands.

    The fence is longer than any in the lines; control and direction characters become ``?``, long
    lines are cut. What a log would take for a workflow command, and what CML would take for the
    watermark of one of its comments, is broken by a zero-width space.
    """
    shown = [
        "".join(_printable(character) for character in line.expandtabs(4)[:_LONGEST_LINE])
        for text in lines
        for line in text.splitlines() or [""]
    ]
    longest = max((len(run) for line in shown for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *map(_broken, shown), fence])


def _broken(line: str) -> str:
    return _COMMAND.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, line)


def _printable(character: str) -> str:
    # C*: control, format (direction marks), surrogate, private use; Z*: separators and odd spaces.
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        return "?"
    return character
