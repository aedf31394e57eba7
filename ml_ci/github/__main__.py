"""`python -m ml_ci.github comment`: the step of comment.yml that posts.

Everything it needs comes from the environment of the step. It runs in a workflow with rights, so it
needs three packages (requirements/comment.txt) and loads nothing of what measures.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from ml_ci.errors import exit_code_of
from ml_ci.github.api import GitHub
from ml_ci.github.cml import Cml, cml_command
from ml_ci.github.comments import Poster, own_login
from ml_ci.github.environment import read_workflow
from ml_ci.github.event import read_run
from ml_ci.github.posting import post_comments

_TIMEOUT = httpx.Timeout(30.0)  # seconds without a byte


def comment() -> int:
    """Post the comments of the run whose end started this workflow."""
    workflow = read_workflow(os.environ)
    run = read_run(workflow.event_name, workflow.event)
    with tempfile.TemporaryDirectory() as folder, httpx.Client(timeout=_TIMEOUT) as http:
        github = GitHub(
            http=http,
            api=workflow.api,
            repository=workflow.repository,
            token=workflow.token,
            sleep=time.sleep,
            now=time.time,
        )
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


def main(arguments: Sequence[str] | None = None) -> int:
    """The commands by name; the exit code is that of `ml-ci`."""
    parser = argparse.ArgumentParser(prog="python -m ml_ci.github", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("comment", help="post the comments of the run that has just ended")
    parser.parse_args(arguments)
    return exit_code_of(comment)


if __name__ == "__main__":
    sys.exit(main())
