"""A conflict: which operation git has stopped in, its sides, and what is left to a person."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.merging.conflict import Conflict, check_others, read_conflict
from ml_ci.repository import Repository
from tests.builders.datasets import put
from tests.builders.packages import commit, git

OPERATIONS = {
    "merge": ("merge", "other"),
    "rebase": ("rebase", "other"),
    "cherry-pick": ("cherry-pick", "other"),
}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "t")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "t@t")
    git(Path(), "init", "--quiet", "--initial-branch=mine")


def stopped(operation: str, *names: str) -> dict[str, str]:
    """Both branches change the files; the commits, by name."""
    commits: dict[str, str] = {}
    for branch, content in (("base", b"base"), ("mine", b"mine"), ("other", b"other")):
        if branch == "other":
            git(Path(), "switch", "--quiet", "--create", "other", commits["base"])
        for name in names:
            put(Path(name), content + b"\n")
        commits[branch] = commit(Path())
    git(Path(), "switch", "--quiet", "mine")
    command = ["git", *OPERATIONS[operation]]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    return commits


def conflict(operation: str, *names: str) -> Conflict:
    stopped(operation, *names)
    return read_conflict(Repository())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_read_conflict__knows_what_git_has_stopped_in(operation: str) -> None:
    assert operation == conflict(operation, "dvc.lock").kind


@pytest.mark.parametrize(
    ("operation", "ours", "theirs"),
    [("merge", "mine", "other"), ("rebase", "other", "mine"), ("cherry-pick", "mine", "other")],
)
def test_read_conflict__knows_the_sides(operation: str, ours: str, theirs: str) -> None:
    commits = stopped(operation, "dvc.lock")

    found = read_conflict(Repository())

    expected = (commits[ours], commits[theirs], commits["base"])
    assert expected == (found.ours.commit, found.theirs.commit, found.base.commit)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_go_on__ends_the_operation(operation: str) -> None:
    found = conflict(operation, "dvc.lock")
    put(Path("dvc.lock"), b"resolved\n")
    Repository().stage("dvc.lock")

    git(Path(), *found.go_on.split()[1:])

    assert "" == git(Path(), "status", "--porcelain")
    with pytest.raises(UserError, match="there is no merge, rebase or cherry-pick"):
        read_conflict(Repository())


def test_check_others__minds_nothing_that_is_written_or_data() -> None:
    found = conflict("merge", "dvc.lock", "metrics/metrics.json", "data.dvc", "data.manifest.csv")

    check_others(found)

    assert (4, True) == (len(found.unmerged), found.in_data)


def test_check_others__names_what_a_person_has_to_merge() -> None:
    found = conflict("merge", "dvc.lock", "params.yaml", "ml_ci/model/network.py")

    with pytest.raises(UserError) as caught:
        check_others(found)

    assert "other files conflict, too: ml_ci/model/network.py, params.yaml" == caught.value.what


def test_in_data__is_false_when_only_the_measured_files_conflict() -> None:
    assert not conflict("merge", "dvc.lock", "metrics/metrics.json").in_data
