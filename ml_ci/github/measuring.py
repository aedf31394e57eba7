"""The measuring workflow's environment: what GitHub tells the steps of a run that has no rights.

Standard library only: the first step reads it before anything is installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_ci.errors import UserError

_STEPS = "ML_CI_STEPS"


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """What a step knows of its run."""

    event_name: str
    """`pull_request`, `push` or `workflow_dispatch`."""
    is_fork: bool
    """A pull request from another repository, or from one that is deleted."""
    run_url: str
    scratch: Path
    """A folder of this job outside the checkout."""
    output: Path
    """Where a step writes what later steps may read."""
    summary: Path
    """Where a step writes the run's page."""
    steps: Mapping[str, str]
    """How the steps before ended, by id, in their order: `success`, `failure`, …"""


def read_measuring(variables: Mapping[str, str]) -> Measuring:
    """The run this process is a step of. Raises UserError outside of a workflow."""
    event_name = _needed(variables, "GITHUB_EVENT_NAME")
    repository = _needed(variables, "GITHUB_REPOSITORY")
    server = variables.get("GITHUB_SERVER_URL", "https://github.com")
    return Measuring(
        event_name=event_name,
        is_fork=event_name == "pull_request"
        and _head_repository(Path(_needed(variables, "GITHUB_EVENT_PATH"))) != repository,
        run_url=f"{server}/{repository}/actions/runs/{_needed(variables, 'GITHUB_RUN_ID')}",
        scratch=Path(_needed(variables, "RUNNER_TEMP")) / "ml-ci",
        output=Path(_needed(variables, "GITHUB_OUTPUT")),
        summary=Path(_needed(variables, "GITHUB_STEP_SUMMARY")),
        steps=_outcomes(variables.get(_STEPS, "")),
    )


def _head_repository(event: Path) -> str | None:
    try:
        document: Any = json.loads(event.read_bytes())
        repository = document["pull_request"]["head"]["repo"]
        return None if repository is None else str(repository["full_name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            what=f"the event is no pull request: {error!r}",
            where=str(event),
            fix="run it as a step of .github/workflows/ml-ci.yml",
        ) from None


def _outcomes(text: str) -> dict[str, str]:
    """``install=success repro=failure``; a step that did not run has no outcome."""
    pairs = (word.partition("=") for word in text.split())
    return {name: outcome for name, _, outcome in pairs if outcome}


def _needed(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise UserError(
            what=f"{name} is not set",
            where="environment",
            fix="run it as a step of .github/workflows/ml-ci.yml, where GitHub sets it",
        )
    return value
