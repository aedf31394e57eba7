"""What GitHub refused, in words that say what to change."""

from __future__ import annotations

import json
from typing import Any

import httpx

from ml_ci.errors import UserError, printable

_LONGEST = 300  # characters of GitHub's own message

_FIX = {
    401: "give a valid token: GITHUB_TOKEN in a workflow, `gh auth token` on a laptop",
    403: "give the job the permission that is missing (`pull-requests: write`, `issues: write`, "
    "`actions: read`), and the repository's setting of workflow permissions must allow it; "
    "a pull request from a fork only ever has a token that reads, and a locked conversation takes "
    "no comment of a workflow",
    404: "look whether it still exists; a token that may not see it gets the same answer",
    410: "it is gone, artifacts after their retention: run the workflow again",
    422: "the content is not accepted; the message says which part",
    429: "wait, then run it again",
}


def fix_of(status: int) -> str:
    """What to do about an answer that is no success."""
    return _FIX.get(status, "run it again later")


class GitHubError(UserError):
    """GitHub said no, or nothing."""

    def __init__(self, *, what: str, where: str, fix: str, status: int | None) -> None:
        self.status = status
        """HTTP status; None when there was no answer that could be read."""
        super().__init__(what=what, where=where, fix=fix)

    @classmethod
    def unreachable(cls, api: str, error: httpx.TransportError) -> GitHubError:
        """The connection failed."""
        return cls(
            what=f"GitHub does not answer: {printable(str(error) or type(error).__name__)}",
            where=api,
            fix="look at githubstatus.com and at this machine's network, then run it again",
            status=None,
        )


def explained(answer: httpx.Response, method: str, path: str) -> GitHubError:
    """The error that an answer, its body read, is."""
    status = answer.status_code
    limited = status == 429 or answer.headers.get("x-ratelimit-remaining") == "0"
    if answer.is_redirect:
        fix = "the repository has been renamed or moved: use its new name"
        said = f"it has moved to {answer.headers.get('location', 'nowhere')}"
    else:
        fix = fix_of(429 if limited else status)
        said = _message(answer)
    return GitHubError(
        what=f"GitHub answered {status}: {printable(said)[:_LONGEST]}",
        where=f"{method} {path}",
        fix=fix,
        status=status,
    )


def unreadable(path: str, why: str) -> GitHubError:
    """An answer that is not what the API promises, or larger than it may be."""
    return GitHubError(
        what=f"the answer cannot be used: {printable(why)[:_LONGEST]}",
        where=path,
        fix="run it again; if it stays, the API has changed or somebody answers in its place",
        status=None,
    )


def _message(answer: httpx.Response) -> str:
    """GitHub's message with the parts it names, or what there is of a body that is no JSON."""
    try:
        document: Any = json.loads(answer.content)
        parts = [str(document["message"])]
        for entry in document.get("errors") or []:
            parts.append(str(entry.get("message") or entry) if isinstance(entry, dict) else entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer.text or answer.reason_phrase
    return "; ".join(map(str, parts))
