"""`ml-ci doctor`: what is missing on this machine and how to get it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from ml_ci.artifacts import paths
from ml_ci.commands.engine_look import look_at_engine
from ml_ci.data.manifest import check_folder
from ml_ci.engines.choosing import wanted_engine
from ml_ci.errors import EXIT_PASS, EXIT_USER, UserError
from ml_ci.params.container import ContainerSettings
from ml_ci.params.everything import check_params
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.targets.credentials import credentials_of

_FREE_GB = 3  # environment 1.4 GB, the server's own 0.4 GB, caches and room to work


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at."""

    name: str
    state: str
    """ok | optional | missing."""
    detail: str
    """What was found, or how to get it."""


def diagnose_machine(console: Console) -> int:
    """Print a line per thing looked at; exit code 2 when something needed is missing."""
    looks = (_python, _git, _packages, _torch, _params, look_at_credentials, _data, _disk, _engine)
    findings = [look() for look in looks]
    table = Table(box=None, show_header=False, pad_edge=False)
    marks = {"ok": "[green]ok[/]", "optional": "[yellow]–[/]", "missing": "[bold red]missing[/]"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.name, finding.detail)
    console.print(table)
    missing = any(finding.state == "missing" for finding in findings)
    return EXIT_USER if missing else EXIT_PASS


def _python() -> Finding:
    return Finding(name="Python", state="ok", detail=f"{sys.version.split()[0]} ({sys.executable})")


def _git() -> Finding:
    if shutil.which("git") is None:
        return Finding(name="git", state="missing", detail="install it: https://git-scm.com")
    return Finding(name="git", state="ok", detail=_first_line("git", "--version"))


def _packages() -> Finding:
    """Installed versions against the lock."""
    wanted = {}
    for line in paths.DEV_LOCK.read_text(encoding="utf-8").splitlines():
        name, equals, rest = line.partition("==")
        if equals and not line.startswith((" ", "#")) and ";" not in line:
            wanted[name] = rest.split()[0]
    wrong = [name for name, version in wanted.items() if _installed_version(name) != version]
    if wrong:
        detail = f"`make env` installs the locked {', '.join(sorted(wrong)[:8])}"
        return Finding(name="packages", state="missing", detail=detail)
    return Finding(name="packages", state="ok", detail=f"{len(wanted)} as locked")


def _torch() -> Finding:
    version = _installed_version("torch")
    if version is None:
        return Finding(name="torch", state="missing", detail="run `make env`")
    return Finding(name="torch", state="ok", detail=version)


def _params() -> Finding:
    return _checked("params.yaml", check_params, "every key known and of its type")


def _data() -> Finding:
    return _checked("data", lambda: check_folder(allow_missing=False), "equal to the manifest")


def _disk() -> Finding:
    free = shutil.disk_usage(".").free / 1e9
    if free < _FREE_GB:
        detail = f"{free:.1f} GB free; {_FREE_GB} GB are needed: `dvc gc -w` drops old versions"
        return Finding(name="disk", state="missing", detail=detail)
    return Finding(name="disk", state="ok", detail=f"{free:.0f} GB free")


def _engine() -> Finding:
    try:
        settings = read_section(ContainerSettings)
        wanted = wanted_engine(settings)
    except UserError as error:
        return Finding(name="engine", state="optional", detail=f"not looked at: {error.what}")
    return judge_engine(wanted, lambda: look_at_engine(settings.server))


def look_at_credentials() -> Finding:
    """Whether the environment has what `targets` sends to servers."""

    def check() -> None:
        credentials_of(read_section(TargetsSettings).root, os.environ)

    return _checked("credentials", check, "every variable that `targets` names is there")


def judge_engine(wanted: str, look: Callable[[], str]) -> Finding:
    """What a Docker engine, or its absence, means for ``wanted``, the engine of the settings.

    ``look`` says what is there, or raises UserError.
    """
    try:
        found = look()
    except UserError as problem:
        if wanted == "process":
            detail = f"{problem.what}; not needed, container.engine is process"
            return Finding(name="engine", state="optional", detail=detail)
        if wanted == "docker":
            detail = f"{problem.what}, and container.engine is docker; {problem.fix}"
            return Finding(name="engine", state="missing", detail=detail)
        detail = (
            f"{problem.what}; until then the server runs as a process, and the report says that "
            f"the container was not exercised (container.engine: auto); {problem.fix}"
        )
        return Finding(name="engine", state="optional", detail=detail)
    unused = "; not used, container.engine is process" if wanted == "process" else ""
    return Finding(name="engine", state="ok", detail=found + unused)


def _checked(name: str, check: Callable[[], None], good: str) -> Finding:
    try:
        check()
    except UserError as error:
        return Finding(
            name=name, state="missing", detail=f"{error.where}: {error.what}; {error.fix}"
        )
    return Finding(name=name, state="ok", detail=good)


def _installed_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _first_line(*command: str) -> str:
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return output.partition("\n")[0]
