"""The step summary: what stands on the run's own page, where GitHub takes 1 MiB of a step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ml_ci.report.markdown import fenced, safe
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report

MAX_BYTES = 1024 * 1024
"""Of one step; GitHub refuses the whole summary when it is larger."""
_TEMPLATES = ("parity.md.j2", "metrics.md.j2")
_CUT = "\n\n… the rest does not fit on this page; the reports are among the run's artifacts.\n"
# Rows per list to try: a page has room for more than a comment has, whose limit is a sixteenth.
_ROWS = (200, 50, 10)


def report_summary(report: Report) -> str:
    """Both reports as one page of at most ``MAX_BYTES``, the least important rows left out."""
    text = ""
    for rows in _ROWS:
        text = "\n".join(render(template, report, rows) for template in _TEMPLATES)
        if len(text.encode("utf-8")) <= MAX_BYTES:
            return text
    return bounded(text)


def failure_summary(stage: str, message: str, last_lines: Sequence[str]) -> str:
    """A run that ended before there was a report: where, why, and its last lines."""
    where = f" at {safe(stage)}" if stage else ""
    parts = [f"### ❌ ml-ci ended{where} before there was a report", fenced(message.splitlines())]
    if last_lines:
        parts += ["The last lines of its output:", fenced(last_lines)]
    return bounded("\n\n".join(parts) + "\n")


def bounded(text: str) -> str:
    """``text``, or as many of its first lines as fit, and a line that says so."""
    if len(text.encode("utf-8")) <= MAX_BYTES:
        return text
    room = MAX_BYTES - len(_CUT.encode("utf-8"))
    start = text.encode("utf-8")[:room].decode("utf-8", "ignore")
    return start.rpartition("\n")[0] + _CUT


def append(path: Path, text: str) -> None:
    """Add to a step's page."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)
