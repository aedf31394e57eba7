"""What the fake GitHub knows: one repository and what hangs on it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

REPOSITORY = "team/project"
BOT = "github-actions[bot]"
FIRST_MOMENT = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)

WRITES = {"pull-requests": "write", "issues": "write", "actions": "read", "contents": "read"}
READS = {"pull-requests": "read", "issues": "read", "actions": "read", "contents": "read"}


@dataclass(frozen=True, kw_only=True)
class Token:
    """Who a token speaks for, and what it may do."""

    login: str = BOT
    permissions: Mapping[str, str] = field(default_factory=lambda: WRITES)

    @property
    def is_bot(self) -> bool:
        """A workflow's token: it has no user of its own."""
        return self.login.endswith("[bot]")

    def may(self, permission: str, access: str) -> bool:
        """Whether it may `read` or `write` there.

        Either of two permissions is enough for the `comments` of a pull request.
        """
        names = ("issues", "pull-requests") if permission == "comments" else (permission,)
        return any(self.permissions.get(name) in ("write", access) for name in names)


@dataclass(kw_only=True)
class Pull:
    """A pull request. ``head`` is `owner:branch`; without ``fork`` the fork is deleted."""

    number: int
    head: str
    sha: str
    fork: str | None = REPOSITORY
    state: str = "open"
    base: str = "main"
    files: list[dict[str, Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class Issue:
    """An issue; pull requests have one of the same number."""

    number: int
    title: str
    body: str
    login: str
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    is_pull: bool = False


@dataclass(kw_only=True)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    issue: int
    body: str
    login: str
    created: datetime
    updated: datetime


@dataclass(kw_only=True)
class Run:
    """A run of a workflow."""

    id: int
    sha: str
    branch: str
    owner: str = "team"
    repository: str | None = REPOSITORY
    """None for a deleted fork."""
    event: str = "pull_request"
    conclusion: str | None = "success"
    attempt: int = 1
    name: str = "ml-ci"
    started: datetime = FIRST_MOMENT
    jobs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class Artifact:
    """A zip that a run uploaded."""

    id: int
    run: int
    name: str
    content: bytes
    created: datetime
    expired: bool = False
    size: int | None = None
    """What the API says it has; None for the truth."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    """With its query, without the host."""
    host: str
    token: str | None
    body: Any

    @property
    def line(self) -> str:
        """`GET /repos/…`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An answer given instead of the right one, once."""

    method: str
    path: str
    """How the path begins, below /api/v3."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "Server Error"}'


@dataclass(kw_only=True)
class FakeGitHub:
    """Everything, changed by tests and by requests."""

    repository: str = REPOSITORY
    tokens: dict[str, Token] = field(default_factory=lambda: {"t0ken": Token()})
    pulls: list[Pull] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    commit_comments: list[tuple[str, str]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    merge_bases: dict[tuple[str, str], str] = field(default_factory=dict)
    """By branch and commit."""
    rate_remaining: int = 5000
    storage: str = ""
    """Where artifacts lie: another host than the API's."""
    ids: count[int] = field(default_factory=lambda: count(1000))

    def clear(self) -> None:
        """As it was in the beginning, at the same address."""
        fresh = FakeGitHub(repository=self.repository, storage=self.storage)
        for entry in fields(self):
            setattr(self, entry.name, getattr(fresh, entry.name))

    def moment(self) -> datetime:
        """A later moment each time."""
        return FIRST_MOMENT + timedelta(seconds=next(self.ids))

    def add_pull(self, **values: Any) -> Pull:
        """A pull request, and its issue."""
        pull = Pull(**values)
        self.pulls.append(pull)
        self.issues.append(
            Issue(number=pull.number, title="", body="", login="somebody", is_pull=True)
        )
        return pull

    def add_comment(self, issue: int, body: str, login: str = "somebody") -> Comment:
        """A comment, after all others."""
        moment = self.moment()
        comment = Comment(
            id=next(self.ids), issue=issue, body=body, login=login, created=moment, updated=moment
        )
        self.comments.append(comment)
        return comment

    def add_run(self, **values: Any) -> Run:
        """A run."""
        run = Run(**{"id": next(self.ids), **values})
        self.runs.append(run)
        return run

    def add_artifact(self, run: Run, name: str, content: bytes, **values: Any) -> Artifact:
        """A zip as the run uploaded it."""
        artifact = Artifact(
            **{
                "id": next(self.ids),
                "run": run.id,
                "name": name,
                "content": content,
                "created": self.moment(),
                **values,
            }
        )
        self.artifacts.append(artifact)
        return artifact

    def add_files(self, run: Run, name: str, files: Mapping[str, bytes]) -> Artifact:
        """An artifact as actions/upload-artifact makes it: a zip of these files."""
        return self.add_artifact(run, name, zipped(files))

    def comments_of(self, issue: int) -> list[Comment]:
        """Oldest first."""
        return [comment for comment in self.comments if comment.issue == issue]

    def issue(self, number: int) -> Issue | None:
        """An issue or a pull request's."""
        return next((issue for issue in self.issues if issue.number == number), None)

    @property
    def lines(self) -> list[str]:
        """The requests so far, each in a line."""
        return [request.line for request in self.requests]


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
