"""The environment of a workflow's step: the only reader of GITHUB_*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ml_ci.errors import UserError

_DEFAULT_SERVER = "https://github.com"
_DEFAULT_API = "https://api.github.com"


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """Where a step runs, and what it may use."""

    repository: str
    """`owner/name`."""
    server: str
    """`https://github.com`, or that of a GitHub Enterprise."""
    api: str
    event_name: str
    event: Path
    """The event that started the workflow, JSON."""
    token: str = field(repr=False)


def read_workflow(variables: Mapping[str, str]) -> Workflow:
    """The workflow this process is a step of. Raises UserError when it is none."""
    return Workflow(
        repository=_needed(variables, "GITHUB_REPOSITORY"),
        server=variables.get("GITHUB_SERVER_URL", _DEFAULT_SERVER).rstrip("/"),
        api=api_url(variables),
        event_name=_needed(variables, "GITHUB_EVENT_NAME"),
        event=Path(_needed(variables, "GITHUB_EVENT_PATH")),
        token=_needed(variables, "GITHUB_TOKEN"),
    )


def api_url(variables: Mapping[str, str]) -> str:
    """Where the REST API is; github.com's outside of a workflow."""
    return variables.get("GITHUB_API_URL", _DEFAULT_API).rstrip("/")


def _needed(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise UserError(
            what=f"{name} is not set",
            where="environment",
            fix="run it as a step of .github/workflows/comment.yml; a step gets GITHUB_TOKEN by "
            "`env: GITHUB_TOKEN: ${{ github.token }}`, the others by itself",
        )
    return value
