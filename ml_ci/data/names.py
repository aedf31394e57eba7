"""A safe name: fit to be a file name on every system and a word in Markdown and HTML."""

from __future__ import annotations

import unicodedata

MOST_CHARACTERS = 80  # a table column; file systems take 255 bytes, and a character takes up to 4
# Letters, marks and digits of any script, and these. All else means something to a shell, a file
# system, Markdown, HTML or GitHub (`@all` notifies people, `#12` links an issue).
_PUNCTUATION = frozenset(" -_.+()")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{device}{number}" for device in ("com", "lpt") for number in (*range(10), "¹", "²", "³")]
)


def name_problem(name: str) -> str | None:
    """Why ``name`` is not safe, in words that complete "the name …"; None when it is."""
    if not name:
        return "is empty"
    if len(name) > MOST_CHARACTERS:
        return f"has {len(name)} characters; at most {MOST_CHARACTERS} fit"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode's composed form (NFC), so that equal names can differ"
    for character in name:
        if not _is_safe(character):
            return f"contains {_called(character)}"
    if name[0] in " ." or name[-1] in " .":
        return "starts or ends with a blank or a dot"
    if "__" in name:
        return "contains two underscores in a row, which Markdown reads as bold"
    if name.split(".")[0].rstrip().casefold() in _RESERVED:
        return "is reserved for a device on Windows"
    return None


def same_name(name: str) -> str:
    """What two names share when a case-insensitive file system takes them for one."""
    return unicodedata.normalize("NFC", name.casefold())


def _is_safe(character: str) -> bool:
    if unicodedata.bidirectional(character) in ("RLE", "LRE", "RLO", "LRO", "PDF"):
        return False
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _PUNCTUATION


def _called(character: str) -> str:
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "a control character")
    return f"{character!r} ({code})" if character.isprintable() else f"{code} ({name})"
