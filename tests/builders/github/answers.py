"""How GitHub answers: pages, limits, permissions, errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from tests.builders.github.state import FakeGitHub, Fault, Request, Token

PREFIX = "/api/v3"
BODY_LIMIT = 65_536
"""Of a comment or an issue, counted in bytes: the stricter of the two ways to count."""
_PER_PAGE = 30
_MOST_PER_PAGE = 100
_RESET = 4_000_000_000  # seconds since 1970

Handler = Callable[[FakeGitHub, HttpRequest], Awaitable[Response]]


class RefusedError(Exception):
    """An error as GitHub gives it."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        self.status = status
        self.content = {
            "message": message,
            **more,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(status),
        }
        super().__init__(message)


def endpoint(
    hub: FakeGitHub, handler: Handler, permission: str = "", access: str = "read"
) -> Callable[[HttpRequest], Awaitable[Response]]:
    """``handler`` behind everything that is the same for all endpoints."""

    async def answer(request: HttpRequest) -> Response:
        await record(hub, request)
        fault = _fault(hub, request)
        if fault is not None:
            headers = {"content-type": "application/json; charset=utf-8", **fault.headers}
            return Response(fault.body, fault.status, headers=headers)
        try:
            if hub.rate_remaining <= 0:
                raise RefusedError(403, "API rate limit exceeded for installation.")
            hub.rate_remaining -= 1
            token = token_of(hub, request)
            repository = _repository(request)
            if repository is not None and repository.lower() != hub.repository.lower():
                raise RefusedError(404, "Not Found")
            if permission and not token.may(permission, access):
                raise RefusedError(403, "Resource not accessible by integration")
            response = await handler(hub, request)
        except RefusedError as refusal:
            response = JSONResponse(refusal.content, refusal.status)
        response.headers["x-ratelimit-limit"] = "5000"
        response.headers["x-ratelimit-remaining"] = str(hub.rate_remaining)
        response.headers["x-ratelimit-reset"] = str(_RESET)
        response.headers["x-ratelimit-resource"] = "core"
        response.headers["x-github-media-type"] = "github.v3; format=json"
        return response

    return answer


def token_of(hub: FakeGitHub, request: HttpRequest) -> Token:
    """Who asks; GitHub takes `token` and `Bearer` alike."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if not value:
        raise RefusedError(401, "Requires authentication")
    token = hub.tokens.get(value) if scheme.lower() in ("token", "bearer") else None
    if token is None:
        raise RefusedError(401, "Bad credentials")
    return token


def paged(request: HttpRequest, rows: Sequence[Any], key: str = "") -> Response:
    """One page of ``rows``, with links to the others; ``key`` wraps it with its total count."""
    size = min(_number(request, "per_page", _PER_PAGE), _MOST_PER_PAGE)
    page = _number(request, "page", 1)
    last = max(1, -(-len(rows) // size))
    here = list(rows[(page - 1) * size : page * size])
    content = {"total_count": len(rows), key: here} if key else here
    targets = {"next": page + 1, "last": last} if page < last else {}
    targets |= {"prev": page - 1, "first": 1} if page > 1 else {}
    links = [f'<{_at_page(request, number)}>; rel="{name}"' for name, number in targets.items()]
    return JSONResponse(content, headers={"link": ", ".join(links)} if links else {})


async def body_of(request: HttpRequest) -> dict[str, Any]:
    """The request's JSON object."""
    try:
        document = json.loads(await request.body())
    except ValueError:
        raise RefusedError(400, "Problems parsing JSON") from None
    if not isinstance(document, dict):
        raise RefusedError(422, "Invalid request.")
    return document


def checked_text(resource: str, text: Any) -> str:
    """A comment's or an issue's text, as long as it may be."""
    if not isinstance(text, str) or not text.strip():
        raise _invalid(resource, "missing_field", "body can't be blank")
    if len(text.encode("utf-8")) > BODY_LIMIT:
        raise _invalid(resource, "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")
    return text


def user(login: str) -> dict[str, Any]:
    """A user in a few of GitHub's words."""
    bot = login.endswith("[bot]")
    return {"login": login, "id": sum(login.encode()), "type": "Bot" if bot else "User"}


def _invalid(resource: str, code: str, message: str) -> RefusedError:
    error = {"resource": resource, "code": code, "field": "body", "message": message}
    return RefusedError(422, "Validation Failed", errors=[error])


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    value = request.query_params.get(name, "")
    return max(1, int(value)) if value.isdecimal() else otherwise


def _at_page(request: HttpRequest, page: int) -> str:
    query = dict(request.query_params) | {"page": str(page)}
    return f"{request.url.scheme}://{request.url.netloc}{request.url.path}?{urlencode(query)}"


def _repository(request: HttpRequest) -> str | None:
    if "owner" not in request.path_params:
        return None
    return f"{request.path_params['owner']}/{request.path_params['name']}"


async def record(hub: FakeGitHub, request: HttpRequest) -> None:
    """Note the request, whatever becomes of it."""
    content = await request.body()
    try:
        body = json.loads(content) if content else None
    except ValueError:
        body = content
    query = f"?{request.url.query}" if request.url.query else ""
    hub.requests.append(
        Request(
            method=request.method,
            path=request.url.path.removeprefix(PREFIX) + query,
            host=request.url.netloc,
            token=request.headers.get("authorization"),
            body=body,
        )
    )


def _fault(hub: FakeGitHub, request: HttpRequest) -> Fault | None:
    path = request.url.path.removeprefix(PREFIX)
    for fault in hub.faults:
        if fault.method == request.method and path.startswith(fault.path):
            hub.faults.remove(fault)
            return fault
    return None
