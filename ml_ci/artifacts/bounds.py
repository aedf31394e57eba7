"""Bounds: how long a text, a name, a list in a result may be.

A result is read where the poster holds rights on GitHub, and may come from anybody's pull request.
Text is cut rather than refused, so that a long message never costs the report it stands in; counts
and ids have no harmless shorter form and are refused.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

_TEXT = 2000  # characters: a message with its fix; a whole traceback goes to the log
_NAME = 500  # characters: file systems allow 255 bytes for one name, images may lie in folders


def cut(text: str, length: int) -> str:
    """``text``, or its first ``length`` characters of which the last is an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _cut_text(value: object) -> object:
    return cut(value, _TEXT) if isinstance(value, str) else value


def _cut_name(value: object) -> object:
    return cut(value, _NAME) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_cut_text)]
"""One message or sentence."""
Name = Annotated[str, BeforeValidator(_cut_name)]
"""An image, a class, a stage, a version."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
"""A full commit id; the longer ones are those of SHA-256 repositories."""
Count = Annotated[int, Field(ge=0, le=10**12)]

# Rows of a list. An image costs about 2 kB of report.json: a million of them is no longer a golden
# set; ImageNet has 1000 classes, its largest relatives 22 000.
IMAGES = 1_000_000
CLASSES = 25_000
SIDES = 17  # the reference and 16 targets: a column each, and nobody reads a table of more
ENTRIES = 200  # what is recorded of one side's environment
CHECKS = 100  # conditions of the gate: a dozen, and one per target; checks of a target: at most 70
ROWS = 1000  # stages, sides, targets, lines: what is a handful in every project
