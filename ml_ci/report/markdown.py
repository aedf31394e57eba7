"""Text that comes from data, harmless for GitHub's Markdown and still readable in a terminal."""

from __future__ import annotations

import re
import unicodedata

_ZERO_WIDTH_SPACE = "\u200b"
# Each of these can start something anywhere in a line: code, emphasis, a link or picture, HTML, a
# table cell, strike-through. An underscore does so only at the edge of a word.
_MARKUP = re.compile(r"[\\`*\[\]<|~]|(?<![^\W_])_|_(?![^\W_])")
# What GitHub turns into mentions, issue links, URLs and workflow commands: broken after the match.
_AUTOLINK = re.compile(r"@|#(?=\d)|:(?=//)|:(?=:)|www(?=\.)", re.IGNORECASE)
_LONGEST = 200  # characters of one value; a class name beyond that is not worth a table cell


def safe(text: str, longest: int = _LONGEST) -> str:
    """``text`` as plain words inside a line of Markdown.

    Markup is escaped; mentions, issue numbers, URLs and workflow commands are broken by a
    zero-width space; control and direction characters become ``?``; text of more than
    ``longest`` characters is cut.
    """
    printable = "".join(_printable(character) for character in text[:longest])
    escaped = _MARKUP.sub(lambda match: f"\\{match[0]}", printable)
    broken = _AUTOLINK.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, escaped)
    return broken + ("…" if len(text) > longest else "")


def _printable(character: str) -> str:
    # C*: control, format (direction marks), surrogate, private use; Z*: separators and odd spaces.
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        return "?"
    return character
