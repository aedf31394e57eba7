"""The artifact of a measuring run, downloaded for `ml-ci accept`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub
from ml_ci.github.artifact import find_artifact
from ml_ci.github.event import MEASURING_WORKFLOW, Run


@dataclass(frozen=True, kw_only=True)
class MeasuredRun:
    """Whose run it was, as GitHub says it: nothing of it comes from the artifact."""

    commit: str
    repository: str | None
    """Where the commit came from; None when that has been deleted."""
    fork: bool
    event: str
    owner: str | None

    @property
    def origin(self) -> str:
        """The same in a few words."""
        where = self.repository or "a repository that has been deleted"
        kind = f", a fork by {self.owner or 'nobody knows whom'}" if self.fork else ""
        return f"{self.commit[:12]} of {where}{kind}, measured on {self.event}"


def download_measured(
    github: GitHub, run_id: int, name: str, to: Path, *, most_bytes: int, from_fork: bool
) -> MeasuredRun:
    """Write the run's artifact ``name``, a ZIP, to ``to``; returns whose run it is.

    Raises UserError when the run is of another workflow, or of a fork without ``from_fork``, when
    it has no such artifact, or a larger one than ``most_bytes``.
    """
    run = github.get(Run, f"{{repo}}/actions/runs/{run_id}")
    measured = _checked(run, github.repository, from_fork=from_fork)
    artifact = find_artifact(github, run, name)
    if artifact is None:
        raise _refused(run, f"the run has no artifact `{name}`: it measured nothing, or not yet")
    if artifact.size_in_bytes > most_bytes:
        megabytes = artifact.size_in_bytes / 10**6
        raise _refused(run, f"its artifact `{name}` has {megabytes:.0f} MB, packed")
    with to.open("wb") as stream:
        path = f"{{repo}}/actions/artifacts/{artifact.id}/zip"
        github.download(path, stream, max_bytes=most_bytes)
    return measured


def _checked(run: Run, repository: str, *, from_fork: bool) -> MeasuredRun:
    """Raises UserError unless it is a run whose weights may be taken over."""
    if run.workflow != MEASURING_WORKFLOW:
        why = f"it is a run of {run.path}, and {MEASURING_WORKFLOW} is what measures"
        raise _refused(run, why)
    head = run.head_repository
    measured = MeasuredRun(
        commit=run.head_sha,
        repository=None if head is None else head.full_name,
        # A deleted repository was a fork: this one is still there
        fork=head is None or head.full_name.lower() != repository.lower(),
        event=run.event,
        owner=None if head is None else head.owner.login,
    )
    if measured.fork and not from_fork:
        raise UserError(
            what=f"that run is of a fork ({measured.origin}): its weights and numbers were made "
            "by that fork's code",
            where=run.html_url,
            fix="read the fork's changes first; if you trust them, add `--from-fork`, "
            "which pushes its weights to your data remote",
        )
    return measured


def _refused(run: Run, why: str) -> UserError:
    return UserError(
        what=why,
        where=run.html_url,
        fix="take a run of the workflow `ml-ci` that went as far as its report; "
        "`--max-mb` allows larger artifacts",
    )
