"""Yours and ours, as the tables of docs/architecture.md and .gitattributes say it."""

from __future__ import annotations

import re
from pathlib import Path

TABLES = Path("docs/architecture.md")
ATTRIBUTES = Path(".gitattributes")
MERGED = {"params.yaml"}
"""Yours, but an update merges into it: new settings arrive there."""
IGNORED = {"data/"}
"""Yours, but git does not know it: data.dvc stands for it."""


def table(side: str) -> list[str]:
    """Paths in the first column of the table headed ``side``; folders end in ``/``."""
    text = TABLES.read_text(encoding="utf-8")
    found = re.search(rf"^\| {side} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, flags=re.MULTILINE)
    assert found is not None, f"{TABLES} has no table headed `{side}`"
    return [
        path for row in found[1].splitlines() for path in re.findall("`(.*?)`", row.split("|")[1])
    ]


def attributed() -> set[str]:
    """Paths with the attribute ``yours`` in .gitattributes, written as in the table."""
    lines = ATTRIBUTES.read_text(encoding="utf-8").splitlines()
    patterns = [line.split()[0] for line in lines if line.split()[1:] == ["yours"]]
    return {pattern.removeprefix("/").removesuffix("**") for pattern in patterns}
