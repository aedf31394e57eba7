"""CML's watermark: an invisible picture at the end of a comment, by whose title it is found again.

The form is that of `src/watermark.js` in CML 0.20.6, for titles that it does not escape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = "https://cml.dev/watermark.png"
_PLAIN_TITLE = re.compile(r"[a-z0-9 -]+")

LONGEST = 200
"""Bytes of a watermark, at most: the address, 64 characters of a commit and a title."""


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """The mark of one sticky comment."""

    title: str

    def __post_init__(self) -> None:
        if not _PLAIN_TITLE.fullmatch(self.title):
            raise ValueError(f"CML would escape something in the title {self.title!r}")

    def under(self, body: str, commit: str) -> str:
        """``body`` as CML posts it."""
        return f'{body}\n\n![]({_URL}#{commit} "CML watermark {self.title}")'

    def is_in(self, body: str) -> bool:
        """Whether CML takes a comment for this one: it looks anywhere in it."""
        return re.search(self._pattern, body) is not None

    def ends(self, body: str) -> bool:
        """Whether a comment was posted with this mark. Quoted inside another it does not count."""
        return re.search(rf"{self._pattern}\s*\Z", body) is not None

    @property
    def _pattern(self) -> str:
        title = re.escape(f"CML watermark {self.title}")
        return rf'!\[\]\({re.escape(_URL)}#[0-9a-fA-F]+ "{title}"\)'
