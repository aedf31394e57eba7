"""`python -m ml_ci.github`: the steps that write to GitHub, `comment` and `drift-issue`.

Everything it needs comes from the environment of the step. It runs in a workflow with rights, so it
needs three packages (requirements/comment.txt) and loads nothing of what measures.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ml_ci.errors import EXIT_PASS, exit_code_of
from ml_ci.github.api import GitHub
from ml_ci.github.cml import Cml, cml_command
from ml_ci.github.comments import Poster, own_login
from ml_ci.github.connection import connected
from ml_ci.github.drift_issue import read_drift, update_issue
from ml_ci.github.environment import Workflow, read_workflow
from ml_ci.github.event import read_run
from ml_ci.github.posting import post_comments
from ml_ci.report.paths import DRIFT_JSON


def comment() -> int:
    """Post the comments of the run whose end started this workflow."""
    workflow = read_workflow(os.environ)
    run = read_run(workflow.event_name, workflow.event)
    with tempfile.TemporaryDirectory() as folder, _connected(workflow) as github:
        home, scratch = Path(folder, "home"), Path(folder, "artifact")
        home.mkdir()
        scratch.mkdir()
        cml = Cml(
            command=cml_command(os.environ),
            variables=os.environ,
            server=workflow.server,
            repository=workflow.repository,
            token=workflow.token,
            scratch=home,
        )
        poster = Poster(github=github, cml=cml, login=own_login(github))
        return post_comments(run, github, poster, scratch, lambda line: print(line, flush=True))


def drift_issue(report: Path) -> int:
    """Open, update or close the issue about drift."""
    drift = read_drift(report)
    with _connected(read_workflow(os.environ)) as github:
        print(update_issue(github, own_login(github), drift), flush=True)
    return EXIT_PASS


def _connected(workflow: Workflow) -> AbstractContextManager[GitHub]:
    return connected(workflow.api, workflow.repository, workflow.token)


def main(arguments: Sequence[str] | None = None) -> int:
    """The commands by name; the exit code is that of `ml-ci`."""
    parser = argparse.ArgumentParser(prog="python -m ml_ci.github", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("comment", help="post the comments of the run that has just ended")
    about_drift = commands.add_parser("drift-issue", help="keep the one issue about drift")
    about_drift.add_argument("--report", type=Path, default=DRIFT_JSON, help="of `ml-ci drift`")
    chosen = parser.parse_args(arguments)
    if chosen.command == "drift-issue":
        return exit_code_of(lambda: drift_issue(chosen.report))
    return exit_code_of(comment)


if __name__ == "__main__":
    sys.exit(main())
