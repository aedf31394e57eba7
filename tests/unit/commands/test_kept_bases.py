"""What a run of the default branch leaves for later ones, and how it tells the workflow."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.base.keeping import KeptBase, Outcome
from ml_ci.commands.kept_bases import keep_bases
from ml_ci.errors import UserError
from tests.builders.bases import LOCK, base_record, numbers, project
from tests.builders.repositories import SmallRepository, small_repository

STALE = {**project(), "train.py": "trains otherwise\n"}
AFTER = project(0.25, run="2")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRepository:
    """Two stale commits, after a run about the second."""
    repository = small_repository(tmp_path / "checkout")
    repository.commit(STALE)
    repository.commit({"train.py": "trains a third way\n"})
    for name in AFTER:
        if name == LOCK or name.startswith("metrics/"):
            (repository.folder / name).write_text(AFTER[name])
    monkeypatch.chdir(repository.folder)
    return repository


def ran(repository: SmallRepository, *, current: bool = True) -> tuple[str, str]:
    """What it prints, and the outputs of the step."""
    scratch, stream = repository.folder.parent, io.StringIO()
    variables = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REPOSITORY": "team/it",
        "GITHUB_RUN_ID": "17",
        "GITHUB_OUTPUT": str(scratch / "output"),
        "GITHUB_STEP_SUMMARY": str(scratch / "summary"),
        "RUNNER_TEMP": str(scratch),
        "ML_CI_BASE": repository.git("rev-parse", "main^"),
    }
    keep_bases(Console(file=stream), variables, lambda: current)
    return stream.getvalue(), (scratch / "output").read_text()


def keep_base(repository: SmallRepository, outcome: Outcome) -> None:
    files = {Path(name): text.encode() for name, text in numbers().items()}
    KeptBase.of(repository.git("rev-parse", "main^")).keep(base_record(outcome), files)


def test_keep_bases__its_own(repository: SmallRepository) -> None:
    own = repository.git("rev-parse", "main")

    assert (f"kept: {own[:10]}, by its own run\n", f"own={own}\nbase=\n") == ran(repository)


def test_keep_bases__and_the_one_it_was_compared_with(repository: SmallRepository) -> None:
    keep_base(repository, "measured")
    own, base = repository.git("rev-parse", "main"), repository.git("rev-parse", "main^")

    said, outputs = ran(repository)

    assert (f"own={own}\nbase={base}\n", True) == (
        outputs,
        said.endswith(f"{base[:10]}, its base\n"),
    )


def test_keep_bases__nothing_that_was_measured_in_vain(repository: SmallRepository) -> None:
    keep_base(repository, "failed")

    assert ran(repository)[1].endswith("\nbase=\n")


def test_keep_bases__says_why_not(repository: SmallRepository) -> None:
    (repository.folder / LOCK).write_text(STALE[LOCK])

    said, outputs = ran(repository)

    why = "what lies in metrics/ cannot be used: its numbers of `evaluate` come from another run"
    assert (True, "own=\nbase=\n") == (said.startswith(f"not kept: {why}"), outputs)


def test_keep_bases__nothing_of_a_run_that_did_not_finish(repository: SmallRepository) -> None:
    with pytest.raises(UserError, match="the pipeline is not up to date"):
        ran(repository, current=False)

    assert not KeptBase.of(repository.git("rev-parse", "main")).folder.exists()
