"""The plan of a run: is there anything to measure, or did only documentation change?

``python3 -m ml_ci.github.plan`` is the first step of ml-ci.yml, before anything is installed, so
this needs nothing but the standard library and git. A run that skips the work still reports: the
check that branch protection requires is the job, and the job ends green.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_ci.errors import exit_code_of
from ml_ci.github.measuring import Measuring, read_measuring

BASE_VARIABLE = "ML_CI_BASE"
"""The commit to compare with: `pull_request.base.sha`, or what a push was made onto."""
_DOCUMENTATION = ("LICENSE", "CITATION.cff")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the rest of the job does."""

    measure: bool
    reason: str
    """In one sentence, for the log and for the handover."""


def is_documentation(path: str) -> bool:
    """Whether nothing that is measured can depend on this file.

    Markdown below the first level may be an input of a stage (a README in data/, in server/).
    """
    if path.startswith("docs/"):
        return True
    return "/" not in path and (path.endswith(".md") or path in _DOCUMENTATION)


def planned(event_name: str, changed: Sequence[str] | None) -> Plan:
    """The plan for these changed files; None when they are not known. In doubt it measures."""
    if event_name == "workflow_dispatch":
        return Plan(measure=True, reason="somebody asked for it")
    if changed is None:
        return Plan(measure=True, reason="what changed is not known: there is no base here")
    if not changed:
        return Plan(measure=True, reason="no file differs from the base")
    other = [path for path in changed if not is_documentation(path)]
    if other:
        return Plan(measure=True, reason=f"{len(other)} of {len(changed)} changed files count")
    return Plan(measure=False, reason="Only documentation changed; nothing was measured.")


def changed_files(base: str, folder: Path = Path()) -> list[str] | None:
    """Files that differ between the merge base with ``base`` and the checked-out commit.

    A renamed file counts under both names. None when git knows no such base.
    """
    if not _is_revision(base):
        return None
    listing = _git(folder, "diff", "--name-only", "--no-renames", "-z", f"{base}...HEAD")
    return None if listing is None else [name for name in listing.split("\0") if name]


def behind_sentence(base: str, folder: Path = Path()) -> str:
    """How far the checked-out commit is behind ``base``; empty when that is not known."""
    if not _is_revision(base):
        return ""
    count = _git(folder, "rev-list", "--count", f"HEAD..{base}")
    if count is None:
        return ""
    commits = f"{count.strip()} commit{'' if count.strip() == '1' else 's'}"
    return f"the checked-out commit is {commits} behind its base"


def skip_text(commit: str, note: str) -> str:
    """handover.json of a run that skipped the work, as ``handover.skip_handover`` has it."""
    document = {
        "schema_version": 1,
        "commit": commit,
        "outcome": "skipped",
        "report": None,
        "left_out": [],
        "failure": None,
        "note": note,
    }
    return json.dumps(document)


def main(variables: Mapping[str, str]) -> int:
    """Print the plan, tell later steps, and hand a skipped run over."""
    run = read_measuring(variables)
    base = variables.get(BASE_VARIABLE, "")
    plan = planned(run.event_name, changed_files(base))
    for sentence in (plan.reason, behind_sentence(base)):
        if sentence:
            print(sentence)
    if not plan.measure:
        _hand_over(run, plan)
    merge_base = (_git(Path(), "merge-base", "HEAD", base) if _is_revision(base) else None) or ""
    with run.output.open("a", encoding="utf-8") as stream:
        stream.write(f"measure={str(plan.measure).lower()}\nbase={merge_base.strip()}\n")
    run.scratch.mkdir(parents=True, exist_ok=True)  # the steps to come write their logs into it
    return 0


def _is_revision(base: str) -> bool:
    """Not empty, and nothing that git would take for an option."""
    return bool(base) and not base.startswith("-")


def _hand_over(run: Measuring, plan: Plan) -> None:
    commit = (_git(Path(), "rev-parse", "HEAD") or "").strip()
    run.scratch.mkdir(parents=True, exist_ok=True)
    (run.scratch / "handover.json").write_text(skip_text(commit, plan.reason), encoding="utf-8")
    with run.summary.open("a", encoding="utf-8") as stream:
        stream.write(f"{plan.reason}\n")


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None when it fails."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(exit_code_of(lambda: main(os.environ)))
