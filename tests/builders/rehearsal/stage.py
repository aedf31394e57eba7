"""The stage of a rehearsal: a repository with branches and a fork, and the tools of this machine.

What is not as on a hosted runner, all of it:

- `make env`, `make data` and `pip install` install nothing: the packages are those of this machine,
  and so are the server's environment and wheels (``_MAKE``, ``_PYTHON``).
- `ML_CI_ENGINE` is `process`: no container engine is needed.
- The actions are played (``actors``): caches lie in memory (``caches``), artifacts go to the fake
  GitHub.
- GitHub is the fake one on loopback, and CML the one of this machine or its stand-in.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.data.manifest import write_manifest
from tests.builders.datasets import put
from tests.builders.github.actions import run_event
from tests.builders.github.posting import STAND_IN, real_cml
from tests.builders.github.server import Address
from tests.builders.github.state import REPOSITORY, FakeGitHub, Run
from tests.builders.project import ROOT, Project
from tests.builders.rehearsal.actors import ACTORS
from tests.builders.rehearsal.caches import Caches
from tests.builders.rehearsal.running import Event, JobRun, Place, rehearse

WORKFLOWS = ROOT / ".github/workflows"
SUBSET = "public"
# `make env`, `make data`: commands of this machine's environment, which take the checkout's code
_MAKE = """\
#!/bin/sh -e
test "$1" = env -o "$1" = data
mkdir -p .venv/bin .ml-ci
printf '#!/bin/sh\\nexec "{python}" -m ml_ci "$@"\\n' > .venv/bin/ml-ci
printf '#!/bin/sh\\nPATH="{bin}:$PATH" exec "{python}" -m dvc "$@"\\n' > .venv/bin/dvc
chmod +x .venv/bin/ml-ci .venv/bin/dvc
ln -sfn "{state}/serving-env" .ml-ci/serving-env
ln -sfn "{state}/wheels" .ml-ci/wheels
echo "stand-in: the environment of this machine"
test "$1" = env || .venv/bin/dvc pull --quiet --allow-missing
"""
_PYTHON = """\
#!/bin/sh
case "$1 $2 $3" in
  "-m pip install") echo "stand-in: the packages of this machine" ;;
  *) exec "{python}" "$@" ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A repository, and where its workflows run."""

    upstream: Project
    folder: Path
    caches: Caches = field(default_factory=Caches)

    def start(self, name: str, event: Event, job: str = "measure") -> JobRun:
        """ml-ci.yml, in a place of its own."""
        return rehearse(WORKFLOWS / "ml-ci.yml", job, self._place(name), event, ACTORS)

    def comment(self, name: str, hub: FakeGitHub, address: Address, run: Run) -> JobRun:
        """comment.yml, after ``run`` has ended."""
        cml = real_cml() or STAND_IN
        stand_ins = {**_github_of(address), "ML_CI_CML": cml[-1]}
        event = Event(name="workflow_run", document=run_event(hub, run), sha=self.sha("main"))
        place = self._place(name, stand_ins)
        return rehearse(WORKFLOWS / "comment.yml", "comment", place, event, ACTORS)

    def replay_deployed(self, name: str, event: Event, configured: Mapping[str, str]) -> JobRun:
        """The first job of drift.yml; ``configured`` are the repository's variables."""
        place = replace(
            self._place(name),
            variables=configured,
            secrets={"ML_CI_TARGET_AUTHORIZATION": "s3cret"},
        )
        return rehearse(WORKFLOWS / "drift.yml", "replay", place, event, ACTORS)

    def tell_drift(self, name: str, address: Address, event: Event, replayed: JobRun) -> JobRun:
        """Its second one, after the first."""
        place = replace(
            self._place(name, _github_of(address)),
            needs={"replay": {"result": replayed.conclusion if replayed.steps else "skipped"}},
            artifacts=replayed.artifacts,
        )
        return rehearse(WORKFLOWS / "drift.yml", "issue", place, event, ACTORS)

    def sha(self, ref: str) -> str:
        """The commit of a branch, or of `refs/pull/N/head`."""
        return self.upstream.must("git", "rev-parse", ref).output.strip()

    def merge_base(self, sha: str) -> str:
        """Where a commit leaves the default branch."""
        return self.upstream.must("git", "merge-base", "main", sha).output.strip()

    def change(self, ref: str, files: Mapping[str, str], *, base: str = "main") -> str:
        """A commit on ``base`` that writes these files, kept under ``ref``; its id."""
        self.upstream.must("git", "checkout", "--quiet", "--detach", base)
        for name, content in files.items():
            put(self.upstream.folder / name, content.encode())
        self.upstream.commit(f"for {ref}")
        self.upstream.must("git", "update-ref", ref, "HEAD")
        sha = self.sha("HEAD")
        self.upstream.must("git", "checkout", "--quiet", "--detach", "main")
        return sha

    def text(self, name: str) -> str:
        """A file of the default branch."""
        return (self.upstream.folder / name).read_text(encoding="utf-8")

    def _place(self, name: str, stand_ins: Mapping[str, str] | None = None) -> Place:
        tools = self.folder / "tools"
        return Place(
            workspace=self.folder / name / "workspace",
            scratch=self.folder / name / "scratch",
            upstream=self.upstream.folder,
            repository=REPOSITORY,
            run_id=1,
            caches=self.caches,
            stand_ins={
                "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
                "ML_CI_ENGINE": "process",
                **(stand_ins or {}),
            },
        )


def make_stage(folder: Path, measured: Project) -> Stage:
    """``measured`` as the default branch, with a public subset of its data for forks."""
    upstream = measured.copy(folder / "upstream")
    upstream.must("git", "branch", "--move", "main")
    upstream.must("git", "config", "uploadpack.allowAnySHA1InWant", "true")
    upstream.edit("params.yaml", lambda text: text.replace('data: ""', f'data: "{SUBSET}"'))
    shutil.copytree(ROOT / ".github", upstream.folder / ".github")
    _add_subset(upstream)
    upstream.commit("a public subset, and the workflows")
    _write_tools(folder / "tools")
    return Stage(upstream=upstream, folder=folder)


def pull_request(number: int, head: str, base: str, repository: str | None) -> Event:
    """A pull request from a branch of ``repository``; None for a fork that is gone."""
    repo = None if repository is None else {"full_name": repository}
    document = {
        "pull_request": {
            "number": number,
            "head": {"sha": head, "repo": repo},
            "base": {"sha": base, "ref": "main"},
        },
        "repository": {"default_branch": "main"},
    }
    merge_commit = "0" * 39 + "1"  # nobody has it: whoever checks it out fails
    return Event(
        name="pull_request", document=document, sha=merge_commit, ref_name=f"{number}/merge"
    )


def push(before: str, after: str) -> Event:
    """A push to the default branch."""
    document = {"before": before, "repository": {"default_branch": "main"}}
    return Event(name="push", document=document, sha=after)


def _github_of(address: Address) -> dict[str, str]:
    """What the environment says of a GitHub that is not github.com."""
    return {
        "GITHUB_API_URL": address.api,
        "GITHUB_SERVER_URL": address.server,
        "SSL_CERT_FILE": str(address.certificates),
        "NODE_EXTRA_CA_CERTS": str(address.certificates),
    }


def _add_subset(upstream: Project) -> None:
    """The data without one training image of each class, in DVC's remote as well."""
    whole = {name: (upstream.folder / name).read_bytes() for name in _POINTERS}
    removed = {
        path: path.read_bytes() for path in sorted((upstream.folder / paths.TRAIN).glob("*/00.png"))
    }
    assert removed
    for path in removed:
        path.unlink()
    upstream.must("dvc", "add", "--quiet", "data")
    write_manifest(upstream.folder / "data", upstream.folder / "data.manifest.csv")
    upstream.must("dvc", "push", "--quiet")
    for name, content in whole.items():
        put(upstream.folder / SUBSET / name, (upstream.folder / name).read_bytes())
        put(upstream.folder / name, content)
    upstream.must("dvc", "checkout", "--quiet", "--force", "data.dvc")


_POINTERS = (str(paths.DATA_POINTER), str(paths.MANIFEST))


def _write_tools(folder: Path) -> None:
    python = Path(sys.executable)
    values = {"python": python, "bin": python.parent, "state": ROOT / paths.STATE}
    for name, script in (("make", _MAKE), ("python", _PYTHON)):
        put(folder / name, script.format(**values).encode())
        (folder / name).chmod(0o755)
