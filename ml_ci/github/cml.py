"""CML as a program: it posts a comment, in a home of its own and with no more than it needs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from ml_ci.errors import UserError, printable
from ml_ci.github.api_error import fix_of

VARIABLE = "ML_CI_CML"
"""Environment variable with the file to run instead of the `cml` on the PATH."""
SECONDS = (
    300  # CML itself waits when GitHub's limits are reached: two minutes for each time, or more
)
_LONGEST = 300  # characters of its message
_MOST_PRINTED = 1_000_000  # bytes; an error quotes the comment, which has at most 65 536
_FIX = (
    "the workflow installs it with iterative/setup-cml, and its job needs `pull-requests: write`; "
    "the same comment can be posted again by re-running the job"
)
# What finds programs, trusts certificates and passes a proxy. Without GITHUB_EVENT_NAME it takes
# the target it is given, without GITHUB_SERVER_URL it does not ask who started the workflow.
_PASSED = ("PATH", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class CmlError(UserError):
    """CML could not post a comment."""

    def __init__(self, why: str, *, where: str, status: int | None = None) -> None:
        self.status = status
        """GitHub's answer to CML, an HTTP status; None where it gave none."""
        super().__init__(
            what=f"CML could not post the comment: {printable(why)[:_LONGEST]}",
            where=where,
            fix=_FIX if status is None else fix_of(status),
        )


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    code: int
    out: str
    errors: str


Execute = Callable[[Sequence[str], Mapping[str, str], Path, float], Ended]
"""(command, variables, folder, seconds) → how it ended."""


def executed(
    command: Sequence[str], variables: Mapping[str, str], folder: Path, seconds: float
) -> Ended:
    """Run a program in ``folder`` with these variables and no others, for at most ``seconds``.

    It prints into files: into a pipe, Node prints 64 KiB of an error that quotes a long comment,
    and ends without the rest, where GitHub's status stands.
    """
    with TemporaryFile() as out, TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise CmlError(f"it cannot be started: {error.strerror}", where=command[0]) from None
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise CmlError(f"it did not end within {seconds:g} s", where=command[0]) from None
        finally:
            _end(process)
        return Ended(code=code, out=_read(out), errors=_read(errors))


@dataclass(frozen=True, kw_only=True)
class Cml:
    """One CML for one repository."""

    command: Sequence[str]
    """`("cml",)`, or an interpreter and a file."""
    variables: Mapping[str, str]
    """This process's environment; little of it is passed on."""
    server: str
    repository: str
    token: str = field(repr=False)
    scratch: Path
    """An empty folder: CML writes into the global configuration of git."""
    seconds: float = SECONDS
    """How long one call may take."""
    execute: Execute = executed

    def update(self, pull_request: int, title: str, body: str, commit: str) -> str:
        """Change the comment with this title, or make it. The address it has on GitHub."""
        return self._comment("update", pull_request, title, body, commit)

    def create(self, pull_request: int, title: str, body: str, commit: str) -> str:
        """Make a comment, whatever is there."""
        return self._comment("create", pull_request, title, body, commit)

    def _comment(self, action: str, pull_request: int, title: str, body: str, commit: str) -> str:
        file = self.scratch / "comment.md"
        file.write_text(body, encoding="utf-8", newline="\n")
        command = [
            *self.command,
            "comment",
            action,
            str(file),
            "--driver=github",
            f"--repo={self.server}/{self.repository}",
            f"--target=pr/{pull_request}",
            "--publish=false",  # otherwise it uploads whatever is linked to a public host
            f"--watermark-title={title}",
        ]
        return self._run(command, commit)

    def _run(self, command: Sequence[str], commit: str) -> str:
        ended = self.execute(command, self._environment(commit), self.scratch, self.seconds)
        where, out = command[0], ended.out.strip()
        if ended.code != 0:
            message, status = _said(ended.errors or ended.out)
            said = message.replace(self.token, "***")
            raise CmlError(f"exit code {ended.code}: {said}", where=where, status=status)
        if not out.startswith("https://"):  # it took something else than GitHub's answer for one
            raise CmlError(f"it gave no address of the comment but {out!r}", where=where)
        return out

    def _environment(self, commit: str) -> dict[str, str]:
        passed = {name: self.variables[name] for name in _PASSED if name in self.variables}
        passed |= {
            name.lower(): self.variables[name.lower()]
            for name in _PASSED
            if name.endswith("PROXY") and name.lower() in self.variables
        }
        return {
            **passed,
            "HOME": str(self.scratch),
            "GIT_CONFIG_GLOBAL": str(self.scratch / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "ITERATIVE_DO_NOT_TRACK": "1",
            "CI": "true",
            "REPO_TOKEN": self.token,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_SHA": commit,  # for the watermark: the pull request's, not the default branch's
        }


def cml_command(variables: Mapping[str, str]) -> tuple[str, ...]:
    """What to run: the file in ML_CI_CML, by node when it is JavaScript, otherwise `cml`."""
    chosen = variables.get(VARIABLE, "")
    if not chosen:
        return ("cml",)
    return ("node", chosen) if chosen.endswith(".js") else (chosen,)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left, its children included."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(printed: IO[bytes]) -> str:
    printed.seek(0)
    return printed.read(_MOST_PRINTED).decode("utf-8", "replace")


def _said(output: str) -> tuple[str, int | None]:
    """The message and GitHub's status of CML's error, one long line of JSON; or its last line."""
    for line in reversed(output.splitlines()):
        try:
            document = json.loads(line)
            message, status = str(document["message"]), document.get("status")
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        if isinstance(status, int):
            return f"{message} (status {status})", status
        return message, None
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return (lines[-1] if lines else "it says nothing"), None
