"""Sticky comments: one of each title on a pull request, always, posted through CML.

CML looks for its comment on the first page only, takes the last one there that holds the watermark,
and does not ask who wrote it. So we look first, at all pages and at the author, and let CML do what
it would do right. Where it would not, because ours lies beyond the first page or somebody quotes
the watermark, ours is changed in place, with the mark CML gives: unlike deleting it and posting
anew, that keeps its address and the answers that link to it, notifies nobody, and leaves no moment
without a comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.github.api import GitHub, Resource
from ml_ci.github.api_error import GitHubError
from ml_ci.github.cml import Cml, CmlError
from ml_ci.github.watermark import LONGEST, Watermark

GITHUB_LIMIT = 65_536
"""Of a comment. GitHub says characters; counted in bytes it holds either way."""
BODY_BYTES = GITHUB_LIMIT - LONGEST
BOT = "github-actions[bot]"
"""Who writes with a workflow's token, which stands for no user."""
_ATTEMPTS = 3
_MINUTE = (
    60.0  # seconds: what GitHub asks of whoever has posted too much and is not told for how long
)
CML_PAGE = 30
"""Comments that CML looks at: what the API gives when nobody asks for more."""


class Author(Resource):
    """Who wrote a comment."""

    login: str


class Comment(Resource):
    """A comment on a pull request."""

    id: int
    body: str | None = None
    user: Author | None = None
    """None when the account is gone."""
    html_url: str = ""


class Me(Resource):
    """Whom the token speaks for."""

    login: str


@dataclass(frozen=True, kw_only=True)
class Sticky:
    """What one comment should say."""

    title: str
    body: str


def own_login(github: GitHub) -> str | None:
    """The user of the token; None for a workflow's token, which stands for no user."""
    try:
        return github.get(Me, "/user").login
    except GitHubError as error:
        if error.status in (403, 404):
            return None
        raise


@dataclass(frozen=True, kw_only=True)
class Poster:
    """Posts to the pull requests of one repository."""

    github: GitHub
    cml: Cml
    login: str | None
    """What `own_login` said."""

    def post(self, pull_request: int, commit: str, sticky: Sticky) -> str:
        """Bring the one comment of this title up to date. What was done, for the log.

        Where GitHub is in trouble it looks and posts again, which makes no second comment: one that
        was made in spite of the error is found then.
        """
        attempt = 1
        while True:
            try:
                return self._post_once(pull_request, commit, sticky)
            except CmlError as error:
                pause = _pause(error.status, attempt)
                if pause is None or attempt == _ATTEMPTS:
                    raise
            self.github.sleep(pause)
            attempt += 1

    def _post_once(self, pull_request: int, commit: str, sticky: Sticky) -> str:
        mark = Watermark(title=sticky.title)
        everything = self._comments(pull_request)
        all_ours = [row for row in everything if self._is_ours(row, mark)]
        ours, duplicates = next(iter(all_ours), None), all_ours[1:]
        for duplicate in duplicates:
            self._remove(duplicate)
        taken = cml_takes([row for row in everything if row not in duplicates], mark)
        if taken == ours:
            url = self.cml.update(pull_request, sticky.title, sticky.body, commit)
            done = "posted" if ours is None else "updated"
        elif ours is None:
            url = self.cml.create(pull_request, sticky.title, sticky.body, commit)
            done = "posted, beside a comment that quotes its watermark,"
        else:
            body = {"body": mark.under(sticky.body, commit)}
            path = f"{{repo}}/issues/comments/{ours.id}"
            url = self.github.patch(Comment, path, body).html_url
            done = "updated where CML does not find it"
        removed = f", {len(duplicates)} duplicates removed" if duplicates else ""
        return f"{sticky.title}: {done}: {url}{removed}"

    def has(self, pull_request: int, title: str) -> bool:
        """Whether the comment is there."""
        mark = Watermark(title=title)
        return any(self._is_ours(row, mark) for row in self._comments(pull_request))

    def _comments(self, pull_request: int) -> list[Comment]:
        return list(self.github.all(Comment, f"{{repo}}/issues/{pull_request}/comments"))

    def _is_ours(self, comment: Comment, mark: Watermark) -> bool:
        """Ours ends with the mark and was written by us: another bot's is not."""
        if comment.user is None or not mark.ends(comment.body or ""):
            return False
        return comment.user.login == (self.login or BOT)

    def _remove(self, comment: Comment) -> None:
        try:
            self.github.delete(f"{{repo}}/issues/comments/{comment.id}")
        except GitHubError as error:
            if error.status != 404:  # somebody was faster
                raise


def _pause(status: int | None, attempt: int) -> float | None:
    """Seconds until CML may be started again; None when that would not help."""
    if status == 429:  # for a limit that GitHub calls 403 CML waits itself
        return _MINUTE
    return 2.0**attempt if status is not None and status >= 500 else None


def cml_takes(comments: Sequence[Comment], mark: Watermark) -> Comment | None:
    """The comment that `cml comment update` would change; None when it would make a new one."""
    seen = [row for row in comments[:CML_PAGE] if mark.is_in(row.body or "")]
    return seen[-1] if seen else None
