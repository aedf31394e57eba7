"""The end of a run, played to the poster: in this process, or as the step of comment.yml."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml_ci.github.cml import VARIABLE, Cml, Ended, Execute, cml_command, executed
from ml_ci.github.comments import Poster, own_login
from ml_ci.github.event import read_run
from ml_ci.github.handover import ARTIFACT, FILE, Handover, handover_text
from ml_ci.github.posting import post_comments
from tests.builders.github import cml_stand_in
from tests.builders.github.actions import run_event
from tests.builders.github.client import connected
from tests.builders.github.server import Address
from tests.builders.github.state import REPOSITORY, FakeGitHub, Run
from tests.builders.reports import COMMIT

STAND_IN = (str(cml_stand_in.__file__),)
ROOT = Path(__file__).resolve().parents[3]
SHA = COMMIT


def in_process(
    command: Sequence[str], variables: Mapping[str, str], _folder: Path, _seconds: float
) -> Ended:
    """The stand-in without starting a program, for the many tests that are about other things."""
    code, out, errors = cml_stand_in.posted(command[1:], variables)
    return Ended(code=code, out=out, errors=errors)


def real_cml() -> tuple[str, ...] | None:
    """The CML of this machine: ML_CI_CML, or `cml` on the PATH; None when there is none."""
    command = cml_command(os.environ)
    return command if VARIABLE in os.environ or shutil.which("cml") else None


def any_cml() -> tuple[str, ...]:
    """The real one where there is one."""
    return real_cml() or STAND_IN


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A fake GitHub with a poster in front of it."""

    hub: FakeGitHub
    address: Address
    folder: Path
    cml: tuple[str, ...] = STAND_IN
    execute: Execute = executed
    said: list[str] = field(default_factory=list)

    def measured(self, handover: Handover | None = None, **run: object) -> Run:
        """A run of the head commit of `team:topic`, with what it handed over."""
        made = self.hub.add_run(**{"sha": SHA, "branch": "topic", **run})
        if handover is not None:
            self.hub.add_files(made, ARTIFACT, {FILE: handover_text(handover).encode()})
        return made

    def post(self, run: Run) -> int:
        """Post in this process: the exit code; what was said goes to ``said``."""
        self.folder.mkdir(exist_ok=True)
        event = self.folder / "event.json"
        event.write_text(json.dumps(run_event(self.hub, run)), encoding="utf-8")
        home, scratch = self.folder / "home", self.folder / "scratch"
        home.mkdir(exist_ok=True)
        scratch.mkdir(exist_ok=True)
        with connected(self.address) as github:
            cml = self.program(home)
            poster = Poster(github=github, cml=cml, login=own_login(github))
            read = read_run("workflow_run", event)
            return post_comments(read, github, poster, scratch, self.said.append)

    def program(self, home: Path, command: tuple[str, ...] = ()) -> Cml:
        """The scene's CML, or another one, with this empty folder as its home."""
        return Cml(
            command=command or self.cml,
            variables=self.variables,
            server=self.address.server,
            repository=REPOSITORY,
            token="t0ken",  # noqa: S106
            scratch=home,
            execute=self.execute,
        )

    def step(
        self, run: Run, python: str = sys.executable, **changed: str
    ) -> subprocess.CompletedProcess[str]:
        """Post as the workflow's step does: a command, and everything else in its environment."""
        self.folder.mkdir(exist_ok=True)
        event = self.folder / "event.json"
        event.write_text(json.dumps(run_event(self.hub, run)), encoding="utf-8")
        return subprocess.run(
            [python, "-m", "ml_ci.github", "comment"],
            cwd=ROOT,
            env=self.step_variables(event) | changed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def variables(self) -> Mapping[str, str]:
        """What the machine brings."""
        certificates = str(self.address.certificates)
        return {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": certificates}

    def step_variables(self, event: Path) -> dict[str, str]:
        """What a step of comment.yml finds."""
        return {
            **self.variables,
            "SSL_CERT_FILE": str(self.address.certificates),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "somebody",
            "GITHUB_API_URL": self.address.api,
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": self.address.server,
            "GITHUB_SHA": "d" * 40,
            "GITHUB_TOKEN": "t0ken",
            VARIABLE: self.cml[-1],
        }

    def bodies(self, pull_request: int = 1) -> dict[str, str]:
        """What the comments of the bot say, by the title in their watermark; one of each."""
        found: dict[str, str] = {}
        for comment in self.hub.comments_of(pull_request):
            if comment.login == "github-actions[bot]":
                body, _, mark = comment.body.rpartition("\n\n![](https://cml.dev/watermark.png#")
                title = mark.partition('"CML watermark ')[2].removesuffix('")')
                assert title not in found, f"two comments: {title}"
                found[title] = body
        return found
