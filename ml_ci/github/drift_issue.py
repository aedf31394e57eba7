"""The issue about drift: one per deployed server, opened, brought up to date and closed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub, Resource
from ml_ci.github.comments import BOT
from ml_ci.report.drift import DriftReport, markdown, sentence

_MOST_BYTES = 50_000_000  # of the report: some 100 000 images


class Author(Resource):
    """Who opened an issue."""

    login: str


class Issue(Resource):
    """An issue; pull requests are listed among them."""

    number: int
    title: str
    body: str | None = None
    html_url: str
    user: Author | None
    """None for a deleted account."""
    pull_request: dict[str, object] | None = None


class Posted(Resource):
    """A comment that was made."""

    html_url: str


def read_drift(path: Path) -> DriftReport:
    """reports/drift.json. Raises UserError when it is missing, too large or something else."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        return DriftReport.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, ValueError) as error:
        why = str(error)
    raise UserError(
        what=f"the report about drift cannot be read: {why}",
        where=str(path),
        fix="run `ml-ci drift --url …` first; it writes reports/drift.json",
    )


def title_of(report: DriftReport) -> str:
    """By which the issue is found again: the server, without what changes."""
    place = urlsplit(report.url)
    return f"Training and production: {place.netloc}{place.path}"


def update_issue(github: GitHub, login: str | None, report: DriftReport) -> str:
    """Make the issues say what the report says; what was done, for the log.

    Of the open issues with this title that ``login`` (None: a workflow's token) has opened, the
    oldest is the one; others are closed as its duplicates. While something is wrong it is kept up
    to date, with a comment when the verdict reads otherwise than before, which notifies people.
    When all agrees again it is closed with a comment; the next drift opens a new one, so that each
    tells one story.
    """
    title = title_of(report)
    ours = [issue for issue in _open(github) if _is_ours(issue, title, login or BOT)]
    issue = ours[0] if ours else None
    for duplicate in ours[1:]:
        _close(github, duplicate, f"A duplicate of #{ours[0].number}.")
    agrees = report.result.verdict == "pass"
    if issue is None:
        if agrees:
            return "all agrees, and no issue is open"
        made = github.post(Issue, "{repo}/issues", {"title": title, "body": _body(report)})
        return f"opened {made.html_url}"
    path = f"{{repo}}/issues/{issue.number}"
    if agrees:
        _close(github, issue, f"{sentence(report)}\n\nClosed: production agrees again.")
        return f"closed {issue.html_url}"
    github.patch(Issue, path, {"body": _body(report)})
    if not (issue.body or "").startswith(sentence(report)):
        github.post(Posted, f"{path}/comments", {"body": sentence(report)})
    return f"updated {issue.html_url}"


def _open(github: GitHub) -> list[Issue]:
    """Oldest first."""
    found = github.all(Issue, "{repo}/issues", {"state": "open"})
    return sorted(found, key=lambda issue: issue.number)


def _is_ours(issue: Issue, title: str, login: str) -> bool:
    """A title alone is no proof: anybody can open an issue of this title."""
    by_us = issue.user is not None and issue.user.login == login
    return by_us and issue.title == title and issue.pull_request is None


def _close(github: GitHub, issue: Issue, why: str) -> None:
    path = f"{{repo}}/issues/{issue.number}"
    github.post(Posted, f"{path}/comments", {"body": why})
    github.patch(Issue, path, {"state": "closed"})


def _body(report: DriftReport) -> str:
    return f"{markdown(report)}\n*Kept up to date by ml-ci; it is closed when all agrees again.*\n"
