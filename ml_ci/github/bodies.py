"""What the two comments say: the report in our own templates, between what GitHub itself tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from ml_ci.github.comments import BODY_BYTES, Sticky
from ml_ci.github.handover import RunFailure
from ml_ci.github.measuring_code import MeasuringCode
from ml_ci.github.own_base import OwnBase
from ml_ci.report.concerns import Concern
from ml_ci.report.markdown import fenced, safe
from ml_ci.report.reduction import LeftOut
from ml_ci.report.rendering import ROWS, render
from ml_ci.report.schema import Report

TITLES = ("metrics", "parity")
"""In the order in which they are posted."""
TEMPLATES = {"metrics": "metrics.md.j2", "parity": "parity.md.j2"}
# Rows per list to try, until the comment fits
_FEWER_ROWS = (10, 5, 2, 1)
_FILES = 5  # of a part of the measuring code; the list of files is one click away
_SHORT = 12  # characters of a commit id


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What GitHub says of the run and of the pull request."""

    commit: str
    url: str
    """Of the run."""
    fork: bool
    code: MeasuringCode
    base: OwnBase | None = None
    """What it should be compared with; None where there is no report that compares."""


class _Trusted(str):
    """Markdown made here, not by data."""


def report_comments(
    report: Report, around: Surroundings, *, note: str = "", left_out: Sequence[LeftOut] = ()
) -> tuple[Sticky, ...]:
    """Both comments of a report, each at most `BODY_BYTES` long."""
    head = _rendered("head.md.j2", code=around.code, note=note)
    return tuple(
        Sticky(title=title, body=_report_body(report, TEMPLATES[title], head, around, left_out))
        for title in TITLES
    )


def compares_elsewhere(report: Report, around: Surroundings) -> bool:
    """Whether the report compares with another commit than the pull request should be."""
    theirs = None if report.base is None else report.base.commit
    own = None if around.base is None else around.base.commit
    return theirs is not None and own is not None and theirs != own


def failure_comments(
    failure: RunFailure, around: Surroundings, *, fix: str, note: str = ""
) -> tuple[Sticky, ...]:
    """Both comments of a run that has no report; the first says why."""
    head = _rendered("head.md.j2", code=around.code, note=note)
    return tuple(
        Sticky(title=title, body=_failure_body(title, failure, head, around, fix))
        for title in TITLES
    )


def skip_comments(
    note: str, around: Surroundings, *, contradicted: bool = False
) -> tuple[Sticky, ...]:
    """What takes the place of comments about an earlier commit.

    ``contradicted`` when the run says that only documentation changed and GitHub says otherwise.
    """
    head = _rendered("head.md.j2", code=around.code, note="")
    files = around.code.beyond_documentation if contradicted else ()
    body = _rendered(
        "skipped.md.j2", note=note, head=head, contradicted=contradicted, files=files
    ) + _foot(around)
    return tuple(Sticky(title=title, body=body) for title in TITLES)


def _report_body(
    report: Report, template: str, head: str, around: Surroundings, left_out: Sequence[LeftOut]
) -> str:
    beside = _concerns(report, around)
    for rows in (ROWS, *_FEWER_ROWS):
        shortened = rows if rows < ROWS else None
        foot = _foot(around, report=report, rows=shortened, left_out=left_out)
        text = render(template, report, rows=rows, beside=beside)
        body = _with_head(text, head) + foot
        if _fits(body):
            return body
    first_line = text.partition("\n")[0]
    return f"{first_line}\n{head}" + _foot(around, report=report, rows=0, left_out=left_out)


def _failure_body(
    title: str, failure: RunFailure, head: str, around: Surroundings, fix: str
) -> str:
    """Every part is bounded, but together they may be too long: then the oldest lines go."""
    for kept in (len(failure.last_lines), 20, 5, 0):
        lines = failure.last_lines[len(failure.last_lines) - kept :] if kept else ()
        shown = failure.model_copy(update={"last_lines": lines})
        body = _rendered(
            "failure.md.j2", title=title, failure=shown, fix=fix, url=around.url, head=head
        ) + _foot(around)
        if _fits(body):
            break
    return body


def _concerns(report: Report, around: Surroundings) -> list[Concern]:
    """What GitHub tells and no report knows of."""
    found = []
    if around.code.is_changed:
        found.append(
            Concern(
                short="this pull request changes the code that measures it",
                sentence="**The code that measures was changed:** read the files listed above "
                "before you rely on any of this.",
            )
        )
    if compares_elsewhere(report, around):
        told = _rendered("elsewhere.md.j2", report=report, own=around.base)
        found.append(
            Concern(
                short="compared with another base than this pull request's own",
                sentence=told.rstrip("\n"),
            )
        )
    return found


def _with_head(text: str, head: str) -> str:
    """The head stands under the first line, which has the verdict."""
    first, _, rest = text.partition("\n")
    return f"{first}\n{head}{rest}"


def _foot(
    around: Surroundings,
    *,
    report: Report | None = None,
    rows: int | None = None,
    left_out: Sequence[LeftOut] = (),
) -> str:
    return _rendered(
        "foot.md.j2",
        commit=around.commit[:_SHORT],
        fork=around.fork,
        url=around.url,
        report=report,
        own=around.base,
        elsewhere=report is not None and compares_elsewhere(report, around),
        rows=rows,
        left_out=left_out,
    )


def _fits(body: str) -> bool:
    return len(body.encode("utf-8")) <= BODY_BYTES


def _rendered(template: str, **values: object) -> str:
    """One template; every value is made harmless unless a filter here made it."""
    environment = Environment(  # noqa: S701 — not HTML: `finalize` escapes Markdown instead
        loader=PackageLoader("ml_ci.github"),
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, _Trusted | int) else safe(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., _Trusted]] = {
        "names": _names,
        "fenced": lambda lines: _Trusted(fenced(lines)),
        "trusted": _Trusted,  # what GitHub itself says: never for data
    }
    environment.filters |= filters
    return environment.get_template(template).render(**values)


def _names(files: Sequence[str]) -> _Trusted:
    shown = ", ".join(safe(name) for name in files[:_FILES])
    more = len(files) - _FILES
    return _Trusted(f"{shown} and {more} more" if more > 0 else shown)
