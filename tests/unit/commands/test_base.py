"""When the base is measured before a run, and what is said meanwhile."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.base.keeping import KeptBase
from ml_ci.base.measuring import Ended
from ml_ci.commands.base import prepare_base
from tests.builders.bases import numbers, project, repository_with_base
from tests.builders.repositories import SmallRepository

FRESH = project()
STALE = {**FRESH, "train.py": "trains otherwise\n"}


class Dvc:
    """Stands in for DVC in the base's checkout."""

    def __init__(self, code: int | None = 0) -> None:
        self.code = code
        self.runs = 0

    def __call__(
        self,
        folder: Path,
        arguments: Sequence[str],
        _seconds: float,
        heard: Callable[[str], None],
    ) -> Ended:
        self.runs += arguments[0] == "repro"
        heard("Running stage 'train':")
        heard("epoch 1")
        for name, text in numbers().items():
            (folder / name).write_text(text)
        return Ended(code=self.code, last_words="ERROR: no luck")


def prepared(dvc: Dvc) -> str:
    stream = io.StringIO()
    prepare_base(Console(file=stream, width=200), dvc)
    return stream.getvalue()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRepository:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ML_CI_BASE", raising=False)
    return repository_with_base(tmp_path, STALE)


def given_minutes(repository: SmallRepository, minutes: str) -> None:
    text = STALE["params.yaml"].replace("minutes: 10.0", f"minutes: {minutes}")
    repository.commit({"params.yaml": text})


def test_prepare_base__says_what_takes_so_long_and_why(repository: SmallRepository) -> None:
    commit = repository.git("rev-parse", "main")[:10]

    said = prepared(Dvc())

    assert said.startswith(
        f"measuring the base {commit} (main), at most 10 minutes:\n"
        "  its dvc.lock is stale: train\n"
        "  train of the base\n"
    )
    assert "the base is measured (" in said
    assert "epoch" not in said


def test_prepare_base__measures_once(repository: SmallRepository) -> None:
    dvc = Dvc()
    prepared(dvc)

    said = prepared(dvc)

    assert ("", 1) == (said, dvc.runs)


def test_prepare_base__leaves_alone_what_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    repository_with_base(tmp_path, FRESH)
    dvc = Dvc()

    assert ("", 0) == (prepared(dvc), dvc.runs)


def test_prepare_base__may_be_forbidden(repository: SmallRepository) -> None:
    given_minutes(repository, "0.0")
    dvc = Dvc()

    assert ("", 0) == (prepared(dvc), dvc.runs)


def test_prepare_base__tries_again_what_failed(repository: SmallRepository) -> None:
    prepared(Dvc(code=255))

    said = prepared(Dvc())

    assert "the base is measured (" in said


def test_prepare_base__says_what_failed(repository: SmallRepository) -> None:
    assert prepared(Dvc(code=255)).endswith(" s): ERROR: no luck\n")


@pytest.mark.parametrize(("minutes", "runs"), [("10.0", 1), ("20.0", 2)])
def test_prepare_base__tries_what_was_too_slow_only_with_more_time(
    repository: SmallRepository, minutes: str, runs: int
) -> None:
    dvc = Dvc()
    dvc.code = None
    prepared(dvc)
    dvc.runs = 1  # it was the pull that took too long
    given_minutes(repository, minutes)
    dvc.code = 0

    prepared(dvc)

    record = KeptBase.of(repository.git("rev-parse", "main")).record()
    assert record is not None
    assert (runs, "measured" if runs == 2 else "too slow") == (dvc.runs, record.outcome)
