"""One job of a workflow, its steps run in order as a runner does."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.builders.rehearsal.caches import Caches
from tests.builders.rehearsal.expressions import Context, condition, filled

# What a runner gives every step, beside GITHUB_*; nothing of this machine's own environment
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")  # what `shell: bash` means to GitHub
_STEP_SECONDS = 400


@dataclass(frozen=True, kw_only=True)
class Event:
    """What started the workflow."""

    name: str
    document: Mapping[str, Any]
    sha: str
    """GITHUB_SHA: for a pull request that of its merge commit, which must not be measured."""
    ref_name: str = "main"

    @property
    def ref(self) -> str:
        """As `github.ref`."""
        return f"refs/{'pull' if self.name == 'pull_request' else 'heads'}/{self.ref_name}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a job runs, and what surrounds it."""

    workspace: Path
    """The checkout; empty at first."""
    scratch: Path
    upstream: Path
    """The repository that actions/checkout fetches from."""
    repository: str
    run_id: int
    variables: Mapping[str, str] = field(default_factory=dict)
    """The repository's own, `vars`."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that differ from GitHub's, or from the file's, on this machine."""
    needs: Mapping[str, Any] = field(default_factory=dict)
    """What the jobs before came to, `needs`."""
    artifacts: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """What the jobs before uploaded."""
    caches: Caches = field(default_factory=Caches)
    """What runs before have saved."""


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """How one step went."""

    name: str
    outcome: str
    """success | failure | skipped."""
    output: str
    seconds: float


@dataclass(kw_only=True)
class JobRun:
    """How a job went, while it goes and after."""

    place: Place
    event: Event
    steps: list[StepRun] = field(default_factory=list)
    contexts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`steps` of expressions: outcome, conclusion and outputs by id."""
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """By name: content by path."""
    cached: list[str] = field(default_factory=list)
    """Keys that were saved."""
    restored: list[str] = field(default_factory=list)
    """Keys of what was there already."""
    environment: dict[str, str] = field(default_factory=dict)
    failed: bool = False

    @property
    def conclusion(self) -> str:
        """As GitHub calls it."""
        return "failure" if self.failed else "success"

    @property
    def log(self) -> str:
        """Everything that was printed."""
        return "\n".join(
            f"=== {step.name}: {step.outcome}, {step.seconds:.1f} s\n{step.output}"
            for step in self.steps
        )

    @property
    def summary(self) -> str:
        """The run's page."""
        return (self.place.scratch / "summary").read_text(encoding="utf-8")

    def outcome(self, name: str) -> str:
        """How the step of that name went."""
        return next(step.outcome for step in self.steps if step.name == name)

    def output(self, name: str) -> str:
        """What the step of that name printed."""
        return next(step.output for step in self.steps if step.name == name)


Actor = Callable[[JobRun, Mapping[str, str]], dict[str, str]]
"""Plays an action with its inputs; returns its outputs, raises StepError to fail."""


class StepError(Exception):
    """A step failed."""


def read_workflow(path: Path) -> Any:
    """The file as data."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def rehearse(
    path: Path, job: str, place: Place, event: Event, actors: Mapping[str, Actor]
) -> JobRun:
    """Run every step of ``job`` whose condition holds."""
    workflow = read_workflow(path)
    declared = workflow["jobs"][job]
    run = JobRun(place=place, event=event)
    place.workspace.mkdir(parents=True)
    (place.scratch / "temp").mkdir(parents=True)
    (place.scratch / "event.json").write_text(json.dumps(event.document), encoding="utf-8")
    (place.scratch / "summary").touch()
    if "if" in declared and not condition(declared["if"], _context(run)):
        return run
    run.environment = {
        **_github_environment(run),
        **_filled(declared.get("env", {}), run),
        **place.stand_ins,
    }
    for step in declared["steps"]:
        _step(run, step, actors)
    return run


def _step(run: JobRun, step: Mapping[str, Any], actors: Mapping[str, Actor]) -> None:
    name = step.get("name") or step.get("id") or step["uses"]
    outcome, output, outputs = "skipped", "", {}
    clock = time.perf_counter()
    if condition(str(step.get("if", "success()")), _context(run)):
        try:
            if "uses" in step:
                action = step["uses"].partition("@")[0]
                outputs = actors[action](run, _filled(step.get("with", {}), run))
            else:
                output, outputs = _shell(run, step)
            outcome = "success"
        except StepError as error:
            outcome, output = "failure", str(error)
    allowed = bool(step.get("continue-on-error", False))
    run.failed |= outcome == "failure" and not allowed
    seconds = time.perf_counter() - clock
    run.steps.append(StepRun(name=name, outcome=outcome, output=output, seconds=seconds))
    if "id" in step:
        conclusion = "success" if outcome == "failure" and allowed else outcome
        run.contexts[step["id"]] = {
            "outcome": outcome,
            "conclusion": conclusion,
            "outputs": outputs,
        }


def _shell(run: JobRun, step: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    script, told = run.place.scratch / "script.sh", run.place.scratch / "output"
    assert "${{" not in step["run"], "an expression in a script is code for whoever controls it"
    script.write_text(step["run"], encoding="utf-8")
    told.write_text("")
    done = subprocess.run(
        [*_SHELL, str(script)],
        cwd=run.place.workspace,
        env={**run.environment, **_filled(step.get("env", {}), run)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_STEP_SECONDS,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StepError(f"{done.stdout}\nexit code {done.returncode}")
    pairs = (line.partition("=") for line in told.read_text(encoding="utf-8").splitlines())
    return done.stdout, {name: value for name, _, value in pairs}


def _github_environment(run: JobRun) -> dict[str, str]:
    place, scratch = run.place, run.place.scratch
    return {
        "PATH": _SYSTEM_PATH,
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "somebody",
        "GITHUB_EVENT_NAME": run.event.name,
        "GITHUB_EVENT_PATH": str(scratch / "event.json"),
        "GITHUB_OUTPUT": str(scratch / "output"),
        "GITHUB_REPOSITORY": place.repository,
        "GITHUB_RUN_ID": str(place.run_id),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": run.event.sha,
        "GITHUB_STEP_SUMMARY": str(scratch / "summary"),
        "RUNNER_TEMP": str(scratch / "temp"),
    }


def _filled(values: Mapping[str, Any], run: JobRun) -> dict[str, str]:
    context = _context(run)
    return {
        name: filled(str(value).lower() if isinstance(value, bool) else str(value), context)
        for name, value in values.items()
    }


def _context(run: JobRun) -> Context:
    place, event = run.place, run.event
    github = {
        "event": event.document,
        "event_name": event.name,
        "sha": event.sha,
        "ref_name": event.ref_name,
        "repository": place.repository,
        "run_id": str(place.run_id),
        "token": "t0ken",
    }
    runner = {"os": "Linux", "arch": "X64", "temp": str(place.scratch / "temp")}
    return Context(
        values={
            "github": github,
            "runner": runner,
            "vars": place.variables,
            "secrets": place.secrets,
            "inputs": event.document.get("inputs") or {},
            "needs": place.needs,
            "steps": run.contexts,
            "env": run.environment,
        },
        functions={
            "success": lambda: not run.failed,
            "failure": lambda: run.failed,
            "always": lambda: True,
            "cancelled": lambda: False,
            "hashFiles": lambda *patterns: _hash_files(place.workspace, patterns),
        },
    )


def _hash_files(workspace: Path, patterns: tuple[object, ...]) -> str:
    names = sorted(
        path.relative_to(workspace).as_posix()
        for pattern in patterns
        for path in workspace.glob(str(pattern).replace("/**", "/**/*"))
        if path.is_file() and not fnmatch.fnmatch(path.as_posix(), "*/.git/*")
    )
    if not names:
        return ""
    digest = hashlib.sha256()
    for name in names:
        digest.update((workspace / name).read_bytes())
    return digest.hexdigest()
