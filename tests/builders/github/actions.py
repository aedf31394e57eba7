"""Runs, jobs and artifacts of the fake GitHub, and the storage its artifacts lie in."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.builders.github.answers import RefusedError, paged, record, user
from tests.builders.github.discussion import stamp
from tests.builders.github.state import Artifact, FakeGitHub, Run


async def runs(hub: FakeGitHub, request: HttpRequest) -> Response:
    found = list(reversed(hub.runs))
    for name, attribute in (("head_sha", "sha"), ("branch", "branch"), ("event", "event")):
        wanted = request.query_params.get(name)
        if wanted:
            found = [run for run in found if getattr(run, attribute) == wanted]
    return paged(request, [run_document(hub, run) for run in found], "workflow_runs")


async def run(hub: FakeGitHub, request: HttpRequest) -> Response:
    return JSONResponse(run_document(hub, _run(hub, request)))


async def jobs(hub: FakeGitHub, request: HttpRequest) -> Response:
    return paged(request, _run(hub, request).jobs, "jobs")


async def run_artifacts(hub: FakeGitHub, request: HttpRequest) -> Response:
    run, name = _run(hub, request), request.query_params.get("name")
    found = [
        _artifact_document(artifact)
        for artifact in reversed(hub.artifacts)  # newest first, as GitHub lists them
        if artifact.run == run.id and name in (None, artifact.name)
    ]
    return paged(request, found, "artifacts")


async def artifact_zip(hub: FakeGitHub, request: HttpRequest) -> Response:
    found = _artifact(hub, request)
    if found.expired:
        raise RefusedError(410, "Artifact has expired")
    return RedirectResponse(f"{hub.storage}/storage/{found.id}?sig=secret", 302)


async def stored(hub: FakeGitHub, request: HttpRequest) -> Response:
    """The storage, which answers 400 to a request that is signed twice, as Azure does."""
    await record(hub, request)
    if "authorization" in request.headers:
        return Response("InvalidAuthenticationInfo", 400)
    if request.query_params.get("sig") != "secret":
        return Response("AuthenticationFailed", 403)
    return Response(_artifact(hub, request).content, media_type="application/zip")


def run_document(hub: FakeGitHub, run: Run) -> dict[str, Any]:
    """A run in GitHub's words, as the API and the event `workflow_run` have it."""
    fork = {"full_name": run.repository, "owner": user(run.owner), "fork": run.owner != "team"}
    return {
        "id": run.id,
        "name": run.name,
        "path": f".github/workflows/{run.name}.yml",
        "event": run.event,
        "status": "in_progress" if run.conclusion is None else "completed",
        "conclusion": run.conclusion,
        "head_branch": run.branch,
        "head_sha": run.sha,
        "run_attempt": run.attempt,
        "run_number": 1,
        "run_started_at": stamp(run.started),
        "created_at": stamp(run.started),
        "html_url": f"https://github.test/{hub.repository}/actions/runs/{run.id}",
        "pull_requests": [],  # empty for forks, and nothing here may rely on it
        "head_repository": None if run.repository is None else fork,
        "repository": {"full_name": hub.repository},
    }


def run_event(hub: FakeGitHub, run: Run) -> dict[str, Any]:
    """The event `workflow_run`, type `completed`."""
    return {
        "action": "completed",
        "workflow_run": run_document(hub, run),
        "workflow": {"name": run.name, "path": f".github/workflows/{run.name}.yml"},
        "repository": {"full_name": hub.repository, "default_branch": "main"},
        "sender": user(run.owner),
    }


def _artifact_document(artifact: Artifact) -> dict[str, Any]:
    size = len(artifact.content) if artifact.size is None else artifact.size
    return {
        "id": artifact.id,
        "name": artifact.name,
        "size_in_bytes": size,
        "expired": artifact.expired,
        "created_at": stamp(artifact.created),
        "workflow_run": {"id": artifact.run},
    }


def _run(hub: FakeGitHub, request: HttpRequest) -> Run:
    for found in hub.runs:
        if found.id == request.path_params["id"]:
            return found
    raise RefusedError(404, "Not Found")


def _artifact(hub: FakeGitHub, request: HttpRequest) -> Artifact:
    for found in hub.artifacts:
        if found.id == request.path_params["id"]:
            return found
    raise RefusedError(404, "Not Found")
