"""The artifact of a measuring run, downloaded for `ml-ci accept`."""

from __future__ import annotations

from pathlib import Path

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub
from ml_ci.github.artifact import find_artifact
from ml_ci.github.event import Run


def download_measured(github: GitHub, run_id: int, name: str, to: Path, *, most_bytes: int) -> str:
    """Write the run's artifact ``name``, a ZIP, to ``to``; returns the commit it is a run of.

    Raises UserError when there is none, or it is larger than ``most_bytes``.
    """
    run = github.get(Run, f"{{repo}}/actions/runs/{run_id}")
    artifact = find_artifact(github, run, name)
    if artifact is None:
        raise _refused(run, f"the run has no artifact `{name}`: it measured nothing, or not yet")
    if artifact.size_in_bytes > most_bytes:
        megabytes = artifact.size_in_bytes / 10**6
        raise _refused(run, f"its artifact `{name}` has {megabytes:.0f} MB, packed")
    with to.open("wb") as stream:
        path = f"{{repo}}/actions/artifacts/{artifact.id}/zip"
        github.download(path, stream, max_bytes=most_bytes)
    return run.head_sha


def _refused(run: Run, why: str) -> UserError:
    return UserError(
        what=why,
        where=run.html_url,
        fix="take a run of the workflow `ml-ci` that went as far as its report; "
        "`--max-mb` allows larger artifacts",
    )
