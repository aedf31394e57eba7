"""The event that starts the commenting workflow: which run has ended, and of what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from ml_ci.artifacts.bounds import Commit
from ml_ci.errors import UserError
from ml_ci.github.api import Resource

EVENT = "workflow_run"
MEASURING_WORKFLOW = ".github/workflows/ml-ci.yml"
"""The workflow that measures; another one may have its name, and artifacts of the same names."""


class Account(Resource):
    """A user or an organisation."""

    login: str


class HeadRepository(Resource):
    """Where the branch lies."""

    full_name: str
    owner: Account


class Run(Resource):
    """One attempt of a run of a workflow, as GitHub says it: nothing of it comes from its steps."""

    id: int
    path: str
    """Of its workflow's file in the repository; GitHub may add `@` and a revision."""
    event: str
    """What started it: `pull_request`, `push`, …"""
    conclusion: str | None
    """None while it runs."""
    head_branch: str | None
    head_sha: Commit
    head_repository: HeadRepository | None
    """None when the fork has been deleted."""
    html_url: str
    run_attempt: int = 1
    run_started_at: datetime | None = None
    """When this attempt began."""

    @property
    def workflow(self) -> str:
        """The file of its workflow."""
        return self.path.partition("@")[0]


class _Event(Resource):
    workflow_run: Run


def read_run(event_name: str, event: Path) -> Run:
    """The run whose end started this workflow. Raises UserError for another event."""
    try:
        if event_name != EVENT:
            raise ValueError(f"the event is {event_name}")
        return _Event.model_validate_json(event.read_bytes()).workflow_run
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, ValueError) as error:
        why = str(error)
    raise UserError(
        what=f"this is not the end of a run: {why}",
        where=str(event),
        fix="run it from .github/workflows/comment.yml, `on: workflow_run: types: [completed]`",
    )
