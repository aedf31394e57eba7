"""Markdown as GitHub shows it: its own parser, and what it makes of text afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

# What GitHub looks for in the text of the rendered page, outside of code
_ALIVE = re.compile(
    r"(?<![\w`])@[a-z\d]|(?<!\w)#\d|\bGH-\d|https?://|ftp://|www\.\w|\$\S.*\$", re.IGNORECASE
)


@dataclass(kw_only=True)
class Shown:
    """What a reader of a comment gets."""

    tags: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    text: str = ""
    """Outside of code."""
    code: str = ""

    @property
    def alive(self) -> list[str]:
        """Mentions, issues, addresses and formulas that GitHub would find in the text."""
        return [found[0] for found in _ALIVE.finditer(self.text)]


def shown(markdown: str) -> Shown:
    """``markdown`` as GitHub's parser renders it, raw HTML included."""
    html = cmarkgfm.cmark.markdown_to_html_with_extensions(
        markdown,
        options=Options.CMARK_OPT_UNSAFE,
        extensions=["table", "autolink", "strikethrough", "tasklist"],
    )
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Shown()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.tags.add(tag)
        values = dict(attrs)
        if tag == "a":
            self.found.links.append(values.get("href") or "")
        if tag == "img":
            self.found.images.append(values.get("src") or "")
        if tag[0] == "h" and tag[1:].isdecimal():
            self.found.headings.append("")
        if tag not in ("img", "br", "hr", "input"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[len(self._inside) - 1 - self._inside[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if {"code", "pre"} & set(self._inside):
            self.found.code += data
            return
        self.found.text += data
        if any(tag[0] == "h" and tag[1:].isdecimal() for tag in self._inside):
            self.found.headings[-1] += data

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self.found.tags.add("!--")
