"""A person signed in on their own machine: with which token, to which repository."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ml_ci.errors import UserError

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
ENTERPRISE_TOKENS = ("GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN")
"""For another host than github.com, as the GitHub CLI has it: no host gets another one's token."""
_PUBLIC = "github.com"
_API_VARIABLE = "GITHUB_API_URL"
_REMOTE = re.compile(
    r"(?:https?://(?:[^@/]+@)?|ssh://(?:[^@/]+@)?|(?:[^@/:]+@))"
    r"(?P<host>[A-Za-z0-9.-]+)(?::\d+)?[/:]"
    r"(?P<name>[A-Za-z0-9][\w.-]*/[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """What is needed to ask GitHub about one repository."""

    api: str
    repository: str
    """`owner/name`."""
    token: str = field(repr=False)


def sign_in(
    variables: Mapping[str, str], origin: str | None, gh: Callable[[str], str | None]
) -> SignedIn:
    """From the environment, the address of the git remote `origin`, and the GitHub CLI.

    ``gh`` gives the token that the GitHub CLI keeps for a host, or None. Raises UserError saying
    what is missing.
    """
    host, repository = _repository(origin)
    default = "https://api.github.com" if host == _PUBLIC else f"https://{host}/api/v3"
    names = TOKENS if host == _PUBLIC or variables.get(_API_VARIABLE) else ENTERPRISE_TOKENS
    token = next((variables[name] for name in names if variables.get(name)), None) or gh(host)
    if not token:
        raise UserError(
            what="there is no token for GitHub, which gives artifacts to nobody without one",
            where=" or ".join(names),
            fix="run `gh auth login`, or set the variable to a token that may read actions; or "
            "download the artifact `ml-ci-measured` in the browser and use `--from`",
        )
    api = variables.get(_API_VARIABLE) or default
    return SignedIn(api=api.rstrip("/"), repository=repository, token=token)


def token_of_gh(host: str) -> str | None:
    """The token of the GitHub CLI for ``host``; None when it is not there or not signed in."""
    command = ["gh", "auth", "token", "--hostname", host]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _repository(origin: str | None) -> tuple[str, str]:
    """Host and `owner/name`."""
    found = _REMOTE.fullmatch(origin or "")
    if found is None:
        raise UserError(
            what="the git remote `origin` names no repository on GitHub"
            if origin
            else "there is no git remote `origin` to tell which repository is meant",
            where="git remote get-url origin",
            fix="download the artifact `ml-ci-measured` in the browser and use `--from`",
        )
    return found["host"].lower(), found["name"]
