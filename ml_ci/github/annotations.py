"""Annotations: findings on the lines of the files that a pull request shows.

They are workflow commands, lines on standard output that the runner reads; whatever comes from
data is escaped, so that no class name can be a command of its own
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]
MOST_PER_LEVEL = 10
"""GitHub shows that many errors and that many warnings of one step, and drops the rest unsaid."""
_LONGEST = 2000  # characters of one message; GitHub cuts at 4 kB


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One finding."""

    level: Level
    title: str
    message: str
    file: str | None
    """As seen from the repository's root; None when it has no place."""
    line: int | None
    """From 1; None for the whole file."""


def workflow_commands(annotations: Sequence[Annotation]) -> list[str]:
    """A line for each, at most ``MOST_PER_LEVEL`` of a level: the last says how many there are."""
    lines: list[str] = []
    levels: tuple[Level, ...] = ("error", "warning")
    for level in levels:
        found = [one for one in annotations if one.level == level]
        shown = found if len(found) <= MOST_PER_LEVEL else found[: MOST_PER_LEVEL - 1]
        lines += [_command(one) for one in shown]
        left = len(found) - len(shown)
        if left:
            lines.append(f"::{level} title=ml-ci::and {left} more; the log has them all")
    return lines


def _command(one: Annotation) -> str:
    properties = {"file": one.file, "line": one.line, "title": one.title}
    written = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None
    )
    text = one.message if len(one.message) <= _LONGEST else one.message[: _LONGEST - 1] + "…"
    return f"::{one.level} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
