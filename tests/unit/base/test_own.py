"""What a run measured of its own commit, kept as a base for those to come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_ci.base.keeping import KeptBase, Outcome
from ml_ci.base.own import is_worth_keeping, keep_own
from ml_ci.base.reading import read_base
from tests.builders.bases import GOLDEN, INPUTS, LOCK, METRICS, base_record, numbers, project
from tests.builders.repositories import SmallRepository, small_repository

STALE = {**project(), "train.py": "trains otherwise\n"}
AFTER = project(0.25, run="2")
WRITTEN = {name: AFTER[name] for name in AFTER if name == LOCK or name.startswith("metrics/")}


def put(repository: SmallRepository, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (repository.folder / name).write_text(text)


def kept(repository: SmallRepository) -> KeptBase:
    return KeptBase.of(repository.git("rev-parse", "main"), repository.folder)


@pytest.fixture
def measured(tmp_path: Path) -> SmallRepository:
    """Whose dvc.lock was stale when it was committed, after a run about it."""
    repository = small_repository(tmp_path)
    repository.commit(STALE)
    put(repository, WRITTEN)
    return repository


def test_keep_own__is_the_base_of_who_goes_on_from_it(measured: SmallRepository) -> None:
    reason = keep_own(measured.seen)

    measured.git("checkout", "--quiet", "--force", "-b", "change")
    measured.commit({"change.py": "1"})
    base = read_base(measured.seen, {})
    assert base is not None
    assert base.numbers is not None
    assert (None, "measured", 0.25, 1234) == (
        reason,
        base.source,
        base.numbers.metrics["accuracy"],
        base.model_bytes,
    )


def test_keep_own__says_who_measured(measured: SmallRepository) -> None:
    keep_own(measured.seen)

    record = kept(measured).record()
    assert record is not None
    assert ("measured", "its own run", "") == (record.outcome, record.by, record.reason)


def test_keep_own__takes_the_place_of_what_was_tried_in_vain(measured: SmallRepository) -> None:
    kept(measured).keep(base_record("failed"), {})

    keep_own(measured.seen)

    assert is_worth_keeping(kept(measured))


def test_keep_own__nobody_needs_it_when_the_committed_numbers_are_its_own(tmp_path: Path) -> None:
    repository = small_repository(tmp_path)
    repository.commit(project())

    reason = keep_own(repository.seen)

    assert reason == "its committed numbers are its own: nobody will measure it"
    assert not kept(repository).folder.exists()


def test_keep_own__is_never_of_another_state_than_the_commit(measured: SmallRepository) -> None:
    put(measured, {"params.yaml": "evaluate: {bins: 12}\n"})

    reason = keep_own(measured.seen)

    assert reason == "what was measured is not the commit: tracked files differ from it"
    assert not kept(measured).folder.exists()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        pytest.param(
            {LOCK: STALE[LOCK]},
            "its numbers of `evaluate` come from another run than its dvc.lock",
            id="lock-as-it-was",
        ),
        pytest.param(
            {INPUTS: STALE[INPUTS]},
            "its numbers of `evaluate` come from another run than its dvc.lock",
            id="numbers-as-they-were",
        ),
        pytest.param(
            {METRICS: numbers(0.99)[METRICS]},
            "its metrics/metrics.json comes from another run than its dvc.lock",
            id="one-file",
        ),
        pytest.param(
            {GOLDEN: "[" * 100_000},
            "its metrics/golden.json is damaged or of another version",
            id="damaged",
        ),
        pytest.param({LOCK: "stages: ["}, "dvc.lock is not valid YAML: ParserError", id="half"),
    ],
)
def test_keep_own__is_what_its_own_run_wrote_or_nothing(
    measured: SmallRepository, files: Mapping[str, str], why: str
) -> None:
    put(measured, files)

    reason = keep_own(measured.seen)

    assert reason == f"what lies in metrics/ cannot be used: {why}"
    assert not kept(measured).folder.exists()


def test_keep_own__without_git(tmp_path: Path) -> None:
    repository = small_repository(tmp_path)

    assert "git knows no commit here" == keep_own(repository.seen)


@pytest.mark.parametrize(
    ("outcome", "files", "expected"),
    [
        pytest.param("measured", numbers(), True, id="measured"),
        pytest.param("failed", numbers(), False, id="failed"),
        pytest.param("too slow", numbers(), False, id="too-slow"),
        pytest.param("measured", {**numbers(), GOLDEN: "{"}, False, id="damaged"),
    ],
)
def test_is_worth_keeping(
    tmp_path: Path, outcome: Outcome, files: Mapping[str, str], expected: bool
) -> None:
    base = KeptBase.of("a" * 40, tmp_path)
    base.keep(base_record(outcome), {Path(name): text.encode() for name, text in files.items()})

    assert expected is is_worth_keeping(base)


def test_is_worth_keeping__what_is_not_there(tmp_path: Path) -> None:
    assert not is_worth_keeping(KeptBase.of("a" * 40, tmp_path))
