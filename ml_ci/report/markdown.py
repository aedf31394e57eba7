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
# A line that begins with a tag of ours, as a fold's title does, is HTML to its end: a backslash
# means nothing there, an entity means the same everywhere.
_ENTITY = {"<": "&lt;", "&": "&amp;"}
# What GitHub turns into mentions, issue links, URLs and workflow commands: broken after the match.
_AUTOLINK = re.compile(r"@|#(?=\d)|:(?=//)|:(?=:)|www(?=\.)|\bGH(?=-\d)", re.IGNORECASE)
# What makes a heading, a quote, a list, a rule, a table or an underlined heading of a line that it
# begins; whether a value begins one, only its template knows.
_LEADING = re.compile(r"^( ?)(#(?!\u200b)|[>=]|:(?=-)|[+-](?=[ -]|$)|\d{1,9}(?=[.)](?: |$)))")
# A shortcode; times of day are none. Those of digits alone that there are: 100 and 1234.
_EMOJI = re.compile(r":(?=(?:100|1234|[+-]1|[\w+-]{0,60}[a-z][\w+-]{0,60}):)", re.IGNORECASE)
_COMMIT_ID = re.compile(r"(?<![^\W_])[0-9a-f]{40}(?![^\W_])", re.IGNORECASE)
_UNLINKED = 6  # digits of an id in a row: from 7 on it can be a link
_NO_FORMULA = "＄"  # a backslash does not keep GitHub from reading a formula between two `$`
_COMMAND = re.compile(r":(?=:)|#(?=#\[)|!(?=\[)")
_CODE = re.compile(r"(?<!`)`([A-Za-z0-9][A-Za-z0-9 ._/=-]{0,80})`(?!`)")
_BACKTICKS = re.compile(r"`+")
_LONGEST_LINE = 1000  # characters of one line of output
_LONGEST = 200  # characters of one value; a class name beyond that is not worth a table cell


def safe(text: str, longest: int = _LONGEST) -> str:
    """``text`` as plain words inside a line of Markdown.

    Markup is escaped, also what is markup only at the start of a line; mentions, issue numbers,
    URLs, shortcodes of emoji, whole commit ids and workflow commands are broken by a zero-width
    space; control and direction characters become ``?``, a dollar its wide form, spaces at the
    start one; text of more than ``longest`` characters is cut.
    """
    printable = "".join(_printable(character) for character in text[:longest])
    printable = re.sub("^ +", " ", printable.replace("$", _NO_FORMULA))  # four would be code
    escaped = _MARKUP.sub(lambda match: _ENTITY.get(match[0], f"\\{match[0]}"), printable)
    broken = _AUTOLINK.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, escaped)
    broken = _EMOJI.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, broken)
    broken = _COMMIT_ID.sub(lambda match: _in_pieces(match[0]), broken)
    return _LEADING.sub(_no_marker, broken) + ("…" if len(text) > longest else "")


def prose(text: str, longest: int = _LONGEST) -> str:
    """``text`` like `safe`, but that a command or a path between single backticks is code.

    Between them nothing but letters, digits and what paths are made of counts, which means nothing
    to anybody.
    """
    shown = text[:longest]
    pieces = _CODE.split(shown)  # text, code, text, …
    words = "".join(
        f"`{piece}`" if number % 2 else safe(piece, longest) for number, piece in enumerate(pieces)
    )
    return words + ("…" if len(text) > longest else "")


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


def _no_marker(match: re.Match[str]) -> str:
    space, marker = match.groups()
    return f"{space}{marker}\\" if marker.isdecimal() else f"{space}\\{marker}"


def _in_pieces(text: str) -> str:
    pieces = (text[start : start + _UNLINKED] for start in range(0, len(text), _UNLINKED))
    return _ZERO_WIDTH_SPACE.join(pieces)


def _broken(line: str) -> str:
    return _COMMAND.sub(lambda match: match[0] + _ZERO_WIDTH_SPACE, line)


def _printable(character: str) -> str:
    # C*: control, format (direction marks), surrogate, private use; Z*: separators and odd spaces.
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        return "?"
    return character
