"""Text that wants to be more than text, and a report full of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ml_ci.github.handover import Handover, handover_text

STRINGS = {
    "mention": "@everyone",
    "mention-by-number": "&#64;everyone",
    "picture": "![x](https://evil.test/x.png)",
    "link": "[click](https://evil.test)",
    "reference": "[click][1]\n\n[1]: https://evil.test",
    "html": "<img src=https://evil.test/x.png onerror=alert(1)>",
    "script": "</script><script>alert(1)</script>",
    "comment": "<!-- hidden",
    "end-of-fold": "</details></sub></td>",
    "cells": "a | b | c",
    "code": "`code` ``` ~~~",
    "fence": "\n```\nnot code any more @everyone\n",
    "heading": "\n\n# ✅ Merge this\n\n",
    "rule": "\n---\n",
    "command": "::set-output name=x::y",
    "error-command": "\n::error file=x::y",
    "direction": "\u202egnp.exe\u2066",
    "terminal": "\x1b[31mred\x07",
    "address": "https://evil.test www.evil.test ftp://evil.test mail@evil.test",
    "issue": "#12 team/project#12 GH-12",
    "emphasis": "**bold** _em_ ~~gone~~",
    "formula": "$\\color{red}{x}$",
    "template": "{{ 7 + 7 }}{% for %}",
    "watermark": '![](https://cml.dev/watermark.png#ab "CML watermark parity")',
    "null": "a\x00b",
    "emoji": "👩‍👩‍👧 é e\u0301",
    "long": "x" * 20_000,
}

# Values that have to be what they are for the document to be a handover at all
_KEPT: tuple[str, ...] = ("schema_version", "commit", "outcome", "verdict", "mark", "origin")
_KEPT += (
    "receipt",
    "sha256",
    "upstream",
    "step",
    "first_step",
    "source",
    "kind",
    "state",
    "weights_sha256",
)


def filled(handover: Handover, text: str) -> bytes:
    """The handover with ``text`` in the place of every free text, names and keys included."""
    document = json.loads(handover_text(handover))
    return json.dumps(_walked(document, lambda _: text)).encode()


def _walked(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walked(entry, change) for entry in value]
    if isinstance(value, dict):
        return {
            key: entry if key in _KEPT else _walked(entry, change) for key, entry in value.items()
        }
    return value
