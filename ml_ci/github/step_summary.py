"""The step summary: what stands on the run's own page, where GitHub takes 1 MiB of a step."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ml_ci.errors import printable
from ml_ci.report.markdown import safe
from ml_ci.report.reduction import reduced
from ml_ci.report.schema import Report

MAX_BYTES = 1024 * 1024
"""Of one step; GitHub refuses the whole summary when it is larger."""
_CUT = "\n\n… the rest does not fit on this page; the reports are among the run's artifacts.\n"
# A row of the report has about half the bytes in Markdown that it has in JSON: tried in turn.
_REPORT_BYTES = (8 * MAX_BYTES, 2 * MAX_BYTES, MAX_BYTES // 2, MAX_BYTES // 8)
_BACKTICKS = re.compile("`+")


def report_summary(report: Report, render: Callable[[Report], str]) -> str:
    """Both reports as one page of at most ``MAX_BYTES``, the least important rows left out."""
    text = ""
    for size in _REPORT_BYTES:
        text = render(reduced(report, max_bytes=size)[0])
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


def fenced(lines: Sequence[str]) -> str:
    """Lines as they are, in a code block that none of them can end."""
    shown = [printable(line) for line in lines]
    longest = max((len(run) for line in shown for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *shown, fence])


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
