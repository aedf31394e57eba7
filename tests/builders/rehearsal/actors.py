"""Actors: what stands in for the actions that our workflows use, each as far as they use it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.builders.datasets import put
from tests.builders.rehearsal.caches import readable
from tests.builders.rehearsal.running import Actor, JobRun, StepError


def checkout(run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/checkout: every branch with its history, then the wanted commit, detached.

    A fork's commit is in the upstream repository, as on GitHub, but on no branch of it.
    """
    assert inputs["persist-credentials"] == "false"
    ref = inputs.get("ref") or run.event.sha
    depth = [] if inputs.get("fetch-depth") == "0" else ["--depth=1"]

    def git(*arguments: str) -> None:
        _git(run.place.workspace, *arguments)

    git("init", "--quiet", "--initial-branch=unborn")
    git("remote", "add", "origin", run.place.upstream.as_uri())
    git("fetch", "--quiet", *depth, "origin", "+refs/heads/*:refs/remotes/origin/*")
    if _git_fails(run.place.workspace, "rev-parse", "--verify", f"{ref}^{{commit}}"):
        git("fetch", "--quiet", *depth, "origin", ref)
        ref = "FETCH_HEAD"
    git("checkout", "--quiet", "--force", "--detach", ref)
    return {}


def setup_python(_run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/setup-python: this machine's own."""
    return {"python-version": inputs["python-version"]}


def restore(run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/cache/restore: what a run of this ref may have of what others saved."""
    document = run.event.document
    base = document.get("pull_request", {}).get("base", {}).get("ref", "")
    refs = readable(run.event.ref, base, document["repository"]["default_branch"])
    prefixes = inputs.get("restore-keys", "").split()
    caches, key = run.place.caches, inputs["key"]
    found = caches.restore(refs, key, prefixes, inputs["path"], run.place.workspace)
    run.restored += [found] if found else []
    hit = str(found == key).lower() if found else ""
    return {"cache-primary-key": key, "cache-matched-key": found, "cache-hit": hit}


def save(run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/cache/save: what it would keep has to be there."""
    for pattern in inputs["path"].split():
        if not (run.place.workspace / pattern).exists():
            raise StepError(f"{pattern} is not there")
    caches, key = run.place.caches, inputs["key"]
    if caches.save(run.event.ref, key, inputs["path"], run.place.workspace):
        run.cached.append(key)
    return {}


def upload(run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/upload-artifact: a file, or a folder's content without what is hidden."""
    path = Path(run.place.workspace, inputs["path"])
    if path.is_file():
        files = {path.name: path.read_bytes()}
    else:
        files = {
            file.relative_to(path).as_posix(): file.read_bytes()
            for file in sorted(path.rglob("*"))
            if file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        }
    if files:
        run.artifacts[inputs["name"]] = files
    elif inputs.get("if-no-files-found") == "error":
        raise StepError(f"no files in {path}")
    return {}


def download(run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/download-artifact: the one of that name, into a folder of the workspace."""
    if inputs["name"] not in run.place.artifacts:
        raise StepError(f"there is no artifact {inputs['name']}")
    for name, content in run.place.artifacts[inputs["name"]].items():
        put(run.place.workspace / inputs["path"] / name, content)
    return {}


def attest(run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """actions/attest: what it is asked to sign goes to the run's page."""
    with (run.place.scratch / "summary").open("a", encoding="utf-8") as page:
        page.write(f"attested {inputs['subject-name']}@{inputs['subject-digest']}\n")
    return {}


def setup_cml(_run: JobRun, inputs: Mapping[str, str]) -> dict[str, str]:
    """iterative/setup-cml: the version is ours to name, and Vega is not wanted."""
    assert inputs["version"]
    assert inputs["vega"] == "false"
    return {}


ACTORS: Mapping[str, Actor] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/attest": attest,
    "actions/download-artifact": download,
    "actions/cache/restore": restore,
    "actions/cache/save": save,
    "actions/upload-artifact": upload,
    "iterative/setup-cml": setup_cml,
}


def _git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StepError(f"git {' '.join(arguments)}: {done.stderr}")


def _git_fails(folder: Path, *arguments: str) -> bool:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    return done.returncode != 0
