"""The fake GitHub over TLS on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from tests.builders.github import actions, discussion
from tests.builders.github.answers import PREFIX, Handler, RefusedError, endpoint
from tests.builders.github.state import FakeGitHub

_REPO = "/repos/{owner}/{name}"
_START = 20.0  # seconds

# method, path, handler, the permission it needs, and whether to read or to write
_ROUTES: tuple[tuple[str, str, Handler, str, str], ...] = (
    ("GET", "/user", discussion.own_user, "", ""),
    ("GET", "/users/{login}", discussion.named_user, "", ""),
    ("GET", f"{_REPO}/pulls", discussion.pulls, "pull-requests", "read"),
    ("GET", f"{_REPO}/pulls/{{number:int}}", discussion.pull, "pull-requests", "read"),
    ("GET", f"{_REPO}/pulls/{{number:int}}/files", discussion.pull_files, "pull-requests", "read"),
    ("GET", f"{_REPO}/commits/{{sha}}/pulls", discussion.commit_pulls, "pull-requests", "read"),
    ("GET", f"{_REPO}/compare/{{basehead:path}}", discussion.compare, "contents", "read"),
    ("POST", f"{_REPO}/commits/{{sha}}/comments", discussion.commit_comment, "contents", "write"),
    ("GET", f"{_REPO}/issues", discussion.issues, "issues", "read"),
    ("POST", f"{_REPO}/issues", discussion.new_issue, "issues", "write"),
    ("GET", f"{_REPO}/issues/{{number:int}}", discussion.issue, "issues", "read"),
    ("PATCH", f"{_REPO}/issues/{{number:int}}", discussion.change_issue, "issues", "write"),
    ("GET", f"{_REPO}/issues/{{number:int}}/comments", discussion.comments, "comments", "read"),
    (
        "POST",
        f"{_REPO}/issues/{{number:int}}/comments",
        discussion.new_comment,
        "comments",
        "write",
    ),
    ("GET", f"{_REPO}/issues/comments/{{id:int}}", discussion.comment, "comments", "read"),
    (
        "PATCH",
        f"{_REPO}/issues/comments/{{id:int}}",
        discussion.change_comment,
        "comments",
        "write",
    ),
    (
        "DELETE",
        f"{_REPO}/issues/comments/{{id:int}}",
        discussion.delete_comment,
        "comments",
        "write",
    ),
    ("GET", f"{_REPO}/actions/runs", actions.runs, "actions", "read"),
    ("GET", f"{_REPO}/actions/runs/{{id:int}}", actions.run, "actions", "read"),
    ("GET", f"{_REPO}/actions/runs/{{id:int}}/jobs", actions.jobs, "actions", "read"),
    ("GET", f"{_REPO}/actions/runs/{{id:int}}/artifacts", actions.run_artifacts, "actions", "read"),
    ("GET", f"{_REPO}/actions/artifacts/{{id:int}}/zip", actions.artifact_zip, "actions", "read"),
)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where it answers."""

    server: str
    """What `GITHUB_SERVER_URL` would say."""
    certificates: Path
    """The authority to trust, PEM: for `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`."""

    @property
    def api(self) -> str:
        """What `GITHUB_API_URL` would say."""
        return self.server + PREFIX


def application(hub: FakeGitHub) -> Starlette:
    """Every route; what none of them is, is 404 as GitHub says it."""
    routes = [
        Route(PREFIX + path, endpoint(hub, handler, permission, access), methods=[method])
        for method, path, handler, permission, access in _ROUTES
    ]
    routes.append(Route("/storage/{id:int}", _storage(hub), methods=["GET"]))
    everything = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    routes.append(Route("/{rest:path}", endpoint(hub, _nothing), methods=everything))
    return Starlette(routes=routes)


@contextmanager
def serving(hub: FakeGitHub, folder: Path) -> Iterator[Address]:
    """``hub`` over TLS; its certificates go to ``folder``."""
    authority, certificates = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(certificates)
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    leaf.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    config = uvicorn.Config(
        application(hub),
        host="127.0.0.1",
        port=0,
        log_level="critical",
        ssl_certfile=folder / "server.pem",
        lifespan="off",
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        port = _port(server)
        hub.storage = f"https://localhost:{port}"
        yield Address(server=f"https://127.0.0.1:{port}", certificates=certificates)
    finally:
        server.should_exit = True
        thread.join(timeout=_START)


def _port(server: uvicorn.Server) -> int:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if server.started:
            port: int = server.servers[0].sockets[0].getsockname()[1]
            return port
        time.sleep(0.01)
    raise TimeoutError("the fake GitHub did not start")


def _storage(hub: FakeGitHub) -> Callable[[HttpRequest], Awaitable[Response]]:
    async def answer(request: HttpRequest) -> Response:
        return await actions.stored(hub, request)

    return answer


async def _nothing(_hub: FakeGitHub, _request: HttpRequest) -> Response:
    raise RefusedError(404, "Not Found")
