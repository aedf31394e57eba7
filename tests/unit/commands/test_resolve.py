"""`ml-ci resolve`: what becomes of golden answers and weights; the main job itself does not run."""

from __future__ import annotations

import hashlib
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot, save_golden
from ml_ci.commands import resolve
from ml_ci.commands.resolve import resolve_conflict
from ml_ci.errors import UserError
from ml_ci.golden.accepted import find_accepted
from ml_ci.merging.answers import Whose
from tests.builders.datasets import put
from tests.builders.golden import answers, golden_set, put_manifest
from tests.builders.packages import OURS, commit, git, make_checkout, md5

WEIGHTS = hashlib.sha256(OURS).hexdigest()
IMAGES = {"a": "A cat", "b": "B cat"}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")
    monkeypatch.setattr(resolve, "run_everything", lambda _: 0)
    monkeypatch.setattr(resolve, "run_dvc", lambda *_: 0)


def stopped(ours: GoldenSnapshot, theirs: GoldenSnapshot) -> None:
    """A merge of two branches with the same weights, other numbers and these answers."""
    put_manifest(**IMAGES)
    save_golden(answers(WEIGHTS, a=0.9, b=0.9))
    base = commit(Path())
    for branch, given in (("theirs", theirs), ("ours", ours)):
        git(Path(), "switch", "--quiet", "--create", branch, base)
        save_golden(given)
        put(Path("metrics/metrics.json"), f'{{"accuracy": "{branch}"}}\n'.encode())
        commit(Path())
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "merge", "theirs"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def run(whose: Whose | None = None) -> list[str]:
    output = StringIO()
    assert 0 == resolve_conflict(Console(file=output, width=200), whose)
    return output.getvalue().splitlines()


def there() -> GoldenSnapshot:
    return GoldenSnapshot.of_text(paths.GOLDEN_JSON.read_bytes())


def test_resolve__keeps_what_each_branch_has_accepted() -> None:
    stopped(answers(WEIGHTS, a=0.1, b=0.9), answers(WEIGHTS, a=0.9, b=0.2))

    lines = run()

    both = answers(WEIGHTS, a=0.1, b=0.2)
    accepted = find_accepted(golden_set(**IMAGES))
    assert (both, both, "") == (there(), accepted.given, git(Path(), "diff", "--name-only"))
    assert "metrics/golden.json holds what both branches accepted of these weights" in lines


def test_resolve__touches_nothing_while_it_is_undecided_whose_answer_is_meant() -> None:
    stopped(answers(WEIGHTS, a=0.1, b=0.9), answers(WEIGHTS, a=0.2, b=0.9))
    before = git(Path(), "status", "--porcelain"), paths.METRICS_JSON.read_bytes()

    with pytest.raises(UserError, match="both branches accepted golden answers, each others"):
        run()

    assert before == (git(Path(), "status", "--porcelain"), paths.METRICS_JSON.read_bytes())


@pytest.mark.parametrize(("whose", "cat"), [("ours", 0.1), ("theirs", 0.2)])
def test_resolve__takes_the_answers_that_are_meant(whose: Whose, cat: float) -> None:
    stopped(answers(WEIGHTS, a=0.1, b=0.9), answers(WEIGHTS, a=0.2, b=0.9))

    run(whose)

    assert answers(WEIGHTS, a=cat, b=0.9) == there()


SAME = answers(WEIGHTS, a=0.9, b=0.9)
UNREACHABLE = "the weights could not be pushed to the data remote; DVC's message stands above"


def test_resolve__pushes_weights_that_nobody_has_pushed() -> None:
    """Also those of a branch: whoever trained them may have forgotten it."""
    stopped(SAME, SAME)

    run()

    name = md5(OURS)
    assert OURS == (Path("dvc-remote/files/md5") / name[:2] / name[2:]).read_bytes()


def test_resolve__says_where_it_cannot_tell_whether_they_are_pushed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolve, "run_dvc", lambda *_: 1)
    stopped(SAME, SAME)

    said = f"it is not certain that the weights are in the data remote: {UNREACHABLE}"
    assert said in run()


def test_resolve__refuses_to_end_without_pushing_weights_that_were_made_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def train(_: Console) -> int:
        put(paths.LOCK, paths.LOCK.read_bytes() + b"\n")
        return 0

    monkeypatch.setattr(resolve, "run_dvc", lambda *_: 1)
    monkeypatch.setattr(resolve, "run_everything", train)
    stopped(SAME, SAME)

    with pytest.raises(UserError, match="the weights could not be pushed"):
        run()
