"""Drift: what a deployed server answers on the golden set, held against the reference."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ml_ci.artifacts.bounds import Commit, Name, Text
from ml_ci.artifacts.record import Record
from ml_ci.parity.result import ParityResult, Verdict
from ml_ci.report.markdown import safe
from ml_ci.report.verdicts import VERDICT_EXIT, VERDICT_MARK

SCHEMA_VERSION: Literal[1] = 1
_MOST_ROWS = 20  # images named; the rest is counted
_TO_DO: dict[Verdict, str] = {
    "pass": "Nothing to do.",
    "differs": "Deploy the image that CI replayed, or find what changed around it (proxy, image "
    "library, resized uploads): `ml-ci repro` on this commit tells whether the code still agrees.",
    "unexplained": "Look at reports/drift.json: the answers are apart, and no step is to blame.",
    "incomplete": "Look at the reasons below: nothing is known about images that could not be "
    "compared. If it serves another model, run this on the commit that was deployed.",
}


class DriftReport(Record):
    """reports/drift.json."""

    schema_version: Literal[1]
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[!-~]+$")]
    created: Name
    """ISO 8601, UTC."""
    commit: Commit | None
    """Whose reference it is; None outside a repository."""
    gave_up: Text | None
    """Why images were left out unsent."""
    result: ParityResult


def exit_code(report: DriftReport) -> int:
    """0 agrees, 1 differs, 3 something could not be compared."""
    return VERDICT_EXIT[report.result.verdict]


def sentence(report: DriftReport) -> str:
    """The verdict in plain words, as Markdown."""
    return f"{VERDICT_MARK[report.result.verdict]} {safe(report.result.sentence)}"


def markdown(report: DriftReport) -> str:
    """reports/drift.md, and the body of the issue."""
    result = report.result
    commit = "no commit" if report.commit is None else f"commit {report.commit[:12]}"
    lines = [
        f"{sentence(report)}",
        "",
        f"The golden set was sent to {safe(report.url)} at {safe(report.created)} and held "
        f"against the reference of {commit}. {_TO_DO[result.verdict]}",
    ]
    if report.gave_up is not None:
        lines += ["", f"Not all images were sent: {safe(report.gave_up)}"]
    differing = [
        (image.image, next(rung.message for rung in image.rungs if rung.step == image.first_step))
        for image in result.images
        if image.first_step is not None
    ]
    failures = [(failure.image, failure.message) for failure in result.failures]
    lines += _table("what differs", differing) + _table("why it could not be compared", failures)
    return "\n".join(lines) + "\n"


def _table(title: str, rows: list[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    shown = [f"| {safe(image)} | {safe(message)} |" for image, message in rows[:_MOST_ROWS]]
    more = [f"\n… and {len(rows) - _MOST_ROWS} more."] if len(rows) > _MOST_ROWS else []
    return ["", f"| image | {title} |", "|---|---|", *shown, *more]
