"""Pull requests, issues and comments of the fake GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from tests.builders.github.answers import RefusedError, body_of, checked_text, paged, token_of, user
from tests.builders.github.state import Comment, FakeGitHub, Issue, Pull

Row = TypeVar("Row")


async def own_user(hub: FakeGitHub, request: HttpRequest) -> Response:
    token = token_of(hub, request)
    if token.is_bot:
        raise RefusedError(403, "Resource not accessible by integration")
    return JSONResponse(user(token.login))


async def named_user(hub: FakeGitHub, request: HttpRequest) -> Response:
    return JSONResponse(user(request.path_params["login"]) | {"name": None})


async def pulls(hub: FakeGitHub, request: HttpRequest) -> Response:
    state = request.query_params.get("state", "open")
    found = [pull for pull in hub.pulls if state in (pull.state, "all")]
    for name in ("head", "base"):
        wanted = request.query_params.get(name)
        if wanted:
            found = [pull for pull in found if getattr(pull, name) == wanted]
    return paged(request, [pull_document(hub, pull) for pull in found])


async def pull(hub: FakeGitHub, request: HttpRequest) -> Response:
    return JSONResponse(pull_document(hub, _pull(hub, request)))


async def pull_files(hub: FakeGitHub, request: HttpRequest) -> Response:
    return paged(request, _pull(hub, request).files)


async def commit_pulls(hub: FakeGitHub, request: HttpRequest) -> Response:
    sha = request.path_params["sha"]
    return paged(request, [pull_document(hub, pull) for pull in hub.pulls if pull.sha == sha])


async def compare(hub: FakeGitHub, request: HttpRequest) -> Response:
    base, _, head = request.path_params["basehead"].partition("...")
    if (base, head) not in hub.merge_bases:
        raise RefusedError(404, "Not Found")
    merge_base = {"sha": hub.merge_bases[base, head]}
    return JSONResponse({"status": "ahead", "merge_base_commit": merge_base, "commits": []})


async def commit_comment(hub: FakeGitHub, request: HttpRequest) -> Response:
    body = checked_text("CommitComment", (await body_of(request)).get("body"))
    hub.commit_comments.append((request.path_params["sha"], body))
    return JSONResponse({"id": next(hub.ids), "body": body, "html_url": _url(hub)}, 201)


async def issues(hub: FakeGitHub, request: HttpRequest) -> Response:
    state = request.query_params.get("state", "open")
    labels = [label for label in request.query_params.get("labels", "").split(",") if label]
    creator = request.query_params.get("creator")
    found = [
        issue
        for issue in reversed(hub.issues)  # newest first, as GitHub lists them
        if state in (issue.state, "all")
        and set(labels) <= set(issue.labels)
        and creator in (None, issue.login)
    ]
    return paged(request, [issue_document(hub, issue) for issue in found])


async def new_issue(hub: FakeGitHub, request: HttpRequest) -> Response:
    content = await body_of(request)
    if not content.get("title"):
        raise RefusedError(422, "Validation Failed", errors=[{"field": "title", "code": "missing"}])
    issue = Issue(
        number=max((issue.number for issue in hub.issues), default=0) + 1,
        title=content["title"],
        body=checked_text("Issue", content.get("body") or " -"),
        login=token_of(hub, request).login,
        labels=list(content.get("labels", [])),
    )
    hub.issues.append(issue)
    return JSONResponse(issue_document(hub, issue), 201)


async def issue(hub: FakeGitHub, request: HttpRequest) -> Response:
    return JSONResponse(issue_document(hub, _issue(hub, request)))


async def change_issue(hub: FakeGitHub, request: HttpRequest) -> Response:
    found, content = _issue(hub, request), await body_of(request)
    if "body" in content:
        found.body = checked_text("Issue", content["body"])
    found.title = content.get("title", found.title)
    found.state = content.get("state", found.state)
    found.labels = list(content.get("labels", found.labels))
    return JSONResponse(issue_document(hub, found))


async def comments(hub: FakeGitHub, request: HttpRequest) -> Response:
    found = hub.comments_of(_issue(hub, request).number)
    return paged(request, [comment_document(hub, comment) for comment in found])


async def new_comment(hub: FakeGitHub, request: HttpRequest) -> Response:
    number = _issue(hub, request).number
    body = checked_text("IssueComment", (await body_of(request)).get("body"))
    comment = hub.add_comment(number, body, token_of(hub, request).login)
    return JSONResponse(comment_document(hub, comment), 201)


async def comment(hub: FakeGitHub, request: HttpRequest) -> Response:
    return JSONResponse(comment_document(hub, _comment(hub, request)))


async def change_comment(hub: FakeGitHub, request: HttpRequest) -> Response:
    found = _comment(hub, request)
    found.body = checked_text("IssueComment", (await body_of(request)).get("body"))
    found.updated = hub.moment()
    return JSONResponse(comment_document(hub, found))


async def delete_comment(hub: FakeGitHub, request: HttpRequest) -> Response:
    hub.comments.remove(_comment(hub, request))
    return Response(status_code=204)


def pull_document(hub: FakeGitHub, pull: Pull) -> dict[str, Any]:
    """A pull request in GitHub's words."""
    owner, _, branch = pull.head.partition(":")
    fork = None if pull.fork is None else {"full_name": pull.fork, "owner": user(owner)}
    return {
        "number": pull.number,
        "state": pull.state,
        "url": f"{_url(hub)}/pulls/{pull.number}",
        "html_url": f"{_url(hub)}/pull/{pull.number}",
        "user": user(owner),
        "changed_files": len(pull.files),
        "head": {
            "label": pull.head,
            "ref": branch,
            "sha": pull.sha,
            "user": user(owner),
            "repo": fork,
        },
        "base": {"ref": pull.base, "sha": "b" * 40, "repo": {"full_name": hub.repository}},
    }


def issue_document(hub: FakeGitHub, issue: Issue) -> dict[str, Any]:
    """An issue in GitHub's words."""
    document: dict[str, Any] = {
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "user": user(issue.login),
        "labels": [{"name": label} for label in issue.labels],
        "html_url": f"{_url(hub)}/issues/{issue.number}",
    }
    return document | ({"pull_request": {}} if issue.is_pull else {})


def comment_document(hub: FakeGitHub, comment: Comment) -> dict[str, Any]:
    """A comment in GitHub's words."""
    return {
        "id": comment.id,
        "body": comment.body,
        "user": user(comment.login),
        "created_at": stamp(comment.created),
        "updated_at": stamp(comment.updated),
        "html_url": f"{_url(hub)}/issues/{comment.issue}#issuecomment-{comment.id}",
    }


def stamp(moment: datetime) -> str:
    """As GitHub writes a moment."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _url(hub: FakeGitHub) -> str:
    return f"https://github.test/{hub.repository}"


def _pull(hub: FakeGitHub, request: HttpRequest) -> Pull:
    return _found(pull for pull in hub.pulls if pull.number == request.path_params["number"])


def _issue(hub: FakeGitHub, request: HttpRequest) -> Issue:
    return _found(issue for issue in hub.issues if issue.number == request.path_params["number"])


def _comment(hub: FakeGitHub, request: HttpRequest) -> Comment:
    return _found(row for row in hub.comments if row.id == request.path_params["id"])


def _found(rows: Iterator[Row]) -> Row:
    for row in rows:
        return row
    raise RefusedError(404, "Not Found")
