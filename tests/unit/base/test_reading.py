"""Where the numbers of a base come from, and what is said of the commit's own lock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.golden import GoldenAnswer, GoldenSnapshot
from ml_ci.base.choosing import BASE_VARIABLE
from ml_ci.base.keeping import KeptBase, Measurer, Outcome
from ml_ci.base.reading import BaseLook, look_at_base, read_base, why_of_another_base
from ml_ci.base.reported import StageReason
from ml_ci.base.results import Base, BaseNumbers
from tests.builders.bases import (
    GOLDEN,
    INPUTS,
    LOCK,
    METRICS,
    PREDICTIONS,
    base_record,
    numbers,
    project,
    repository_with_base,
)
from tests.builders.repositories import SmallRepository, small_repository

FILES = project()
NUMBERS = BaseNumbers(
    metrics={"images": 2.0, "accuracy": 0.75},
    predictions=(
        Prediction(image="a.png", label="cat", predicted="cat", confidence=0.9),
        Prediction(image="b.png", label="dog", predicted="cat", confidence=0.6),
    ),
    golden=GoldenSnapshot(
        weights_sha256="ab",
        answers=(GoldenAnswer(image="g.png", label="cat", predicted="dog", confidence=0.5),),
    ),
)
NOT_MEASURED = "and it has not been measured here, which `ml-ci repro` does"


def found(repository: SmallRepository) -> Base:
    base = read_base(repository.seen, {})
    assert base is not None
    return base


def base_of(folder: Path, **changed: str | None) -> Base:
    """The base of a branch from a commit in which some files are otherwise."""
    return found(repository_with_base(folder, FILES | changed))


def kept(
    repository: SmallRepository,
    base: Base,
    outcome: Outcome,
    reason: str = "",
    by: Measurer = "a checkout beside",
) -> None:
    record = base_record(outcome, by=by, reason=reason)
    files = {Path(name): text.encode() for name, text in numbers(0.25).items()}
    KeptBase.of(base.commit, repository.folder).keep(record, files)


def test_read_base__has_the_committed_numbers(tmp_path: Path) -> None:
    repository = repository_with_base(tmp_path, FILES)

    base = found(repository)

    assert NUMBERS == base.numbers
    assert ("committed", "committed there; its dvc.lock matches its own files", 1234, ()) == (
        base.source,
        base.sentence,
        base.model_bytes,
        base.stale,
    )
    assert (repository.git("rev-parse", "main"), "main", 0, 1) == (
        base.commit,
        base.branch,
        base.behind,
        base.ahead,
    )


def test_read_base__has_params_and_manifest_of_that_commit(tmp_path: Path) -> None:
    repository = repository_with_base(tmp_path, FILES)
    repository.commit({"params.yaml": "a: 1", "data.manifest.csv": "path,sha256,label,witnesses\n"})

    base = found(repository)

    assert {"evaluate": {"bins": 10}, "base": {"minutes": 10.0}} == base.params
    assert ["test/cat/a.png"] == [entry.path for entry in base.manifest]


def test_read_base__whose_params_and_manifest_are_damaged_has_none(tmp_path: Path) -> None:
    base = base_of(tmp_path, **{"params.yaml": "a: [", "data.manifest.csv": "something"})

    assert ({}, (), None) == (base.params, base.manifest, base.numbers)


# What of the base's files is otherwise, and why its committed numbers are then not used
REFUSED: dict[str, tuple[Mapping[str, str | None], str]] = {
    "stale-lock": (
        {"train.py": "trains otherwise\n"},
        "its dvc.lock is stale: train",
    ),
    "stale-params": (
        {"params.yaml": "evaluate: {bins: 11}\n"},
        "its dvc.lock is stale: evaluate",
    ),
    "no-lock": ({LOCK: None}, "there is no dvc.lock"),
    "a-stage-never-ran": (
        {LOCK: FILES[LOCK].replace("  reference:\n", "  referenc:\n")},
        "its dvc.lock is stale: reference",
    ),
    "no-such-stages": (
        {"dvc.yaml": "stages: {train: {cmd: train}}"},
        "its dvc.yaml has no stage evaluate and reference",
    ),
    "no-inputs": (
        {INPUTS: None},
        "there is no metrics/inputs.json that says which run its numbers come from",
    ),
    "numbers-of-another-run": (
        {name: project(run="2")[name] for name in (METRICS, PREDICTIONS, GOLDEN, INPUTS)},
        "its numbers of `evaluate` come from another run than its dvc.lock",
    ),
    "lock-of-another-run": (
        {LOCK: project(run="2")[LOCK]},
        "its numbers of `evaluate` come from another run than its dvc.lock",
    ),
    "one-file-of-another-run": (
        {METRICS: numbers(0.99)[METRICS]},
        "its metrics/metrics.json comes from another run than its dvc.lock",
    ),
    "one-file-gone": (
        {GOLDEN: None},
        "its metrics/golden.json comes from another run than its dvc.lock",
    ),
}


def without(files: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: content for name, content in files.items() if content is not None}


@pytest.mark.parametrize("case", REFUSED)
def test_read_base__never_has_numbers_that_are_not_its_own(case: str, tmp_path: Path) -> None:
    changed, why = REFUSED[case]

    base = found(repository_with_base(tmp_path, without({**FILES, **changed})))

    assert (None, "missing", f"{why}; {NOT_MEASURED}") == (base.numbers, base.source, base.sentence)


def test_read_base__does_not_mind_a_stale_stage_that_measures_nothing(tmp_path: Path) -> None:
    base = base_of(tmp_path, **{"report.py": "tells otherwise\n"})

    assert ("committed", ("report",)) == (base.source, base.stale)


def test_read_base__of_a_damaged_file_that_was_committed_with_its_run(tmp_path: Path) -> None:
    files = project(float("nan"))
    files[METRICS] = "[]"

    base = found(repository_with_base(tmp_path, {**files, **_noted(files)}))

    expected = f"its metrics/metrics.json is damaged or of another version; {NOT_MEASURED}"
    assert ("missing", expected) == (base.source, base.sentence)


def _noted(files: Mapping[str, str]) -> dict[str, str]:
    """metrics/inputs.json that vouches for these files as they are."""
    import hashlib

    before = hashlib.sha256(project(float("nan"))[METRICS].encode()).hexdigest()
    after = hashlib.sha256(files[METRICS].encode()).hexdigest()
    return {INPUTS: files[INPUTS].replace(before, after)}


@pytest.fixture
def stale(tmp_path: Path) -> SmallRepository:
    """The base's dvc.lock is stale."""
    return repository_with_base(tmp_path, {**FILES, "train.py": "trains otherwise\n"})


@pytest.mark.parametrize(
    ("by", "said"), [("a checkout beside", "here"), ("its own run", "by its own run")]
)
def test_read_base__has_what_was_measured_of_it(
    stale: SmallRepository, by: Measurer, said: str
) -> None:
    kept(stale, found(stale), "measured", by=by)

    base = found(stale)

    assert base.numbers is not None
    assert ("measured", 0.25, 99) == (
        base.source,
        base.numbers.metrics["accuracy"],
        base.model_bytes,
    )
    assert base.sentence == (
        f"measured {said}, 2026-01-01T00:00:00+00:00, because its dvc.lock is stale: train"
    )


def test_read_base__has_nothing_that_was_measured_of_another_commit(
    stale: SmallRepository,
) -> None:
    kept(stale, found(stale), "measured")
    stale.git("checkout", "--quiet", "main")
    stale.commit({"train.py": "trains a third way\n"})
    stale.git("checkout", "--quiet", "-B", "change")
    stale.commit({"change.py": "2"})

    assert "missing" == found(stale).source


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("failed", "train failed: no data"), ("too slow", "it took longer than 10 minutes")],
)
def test_read_base__says_why_it_could_not_be_measured(
    stale: SmallRepository, outcome: Outcome, reason: str
) -> None:
    kept(stale, found(stale), outcome, reason)

    base = found(stale)

    assert ("missing", True) == (
        base.source,
        base.sentence.endswith(f"; and measuring it here was in vain: {reason}"),
    )


def test_read_base__prefers_what_is_committed(tmp_path: Path) -> None:
    repository = repository_with_base(tmp_path, FILES)
    kept(repository, found(repository), "measured")

    assert "committed" == found(repository).source


def test_look_at_base__says_why_there_is_none(tmp_path: Path) -> None:
    repository = small_repository(tmp_path)
    repository.commit({"a": "1"})

    look = look_at_base(repository.seen, {})

    expected = (None, "missing", "this is the first commit: there is none before it")
    assert expected == (look.base, look.reported.source, look.reported.chosen)


def test_look_at_base__reports_stale_stages_with_their_reasons(stale: SmallRepository) -> None:
    look = look_at_base(stale.seen, {})

    expected = (StageReason(stage="train", reason="`train.py` changed"),)
    assert expected == look.reported.stale


def own_lock(folder: Path, changed: Mapping[str, str | None]) -> tuple[str, str, str]:
    """Outcome and sentence for a commit with these files otherwise; and its name."""
    repository = small_repository(folder)
    commit = repository.commit(without({**FILES, **changed}))
    lock = look_at_base(repository.seen, {}).lock
    assert lock is not None
    return lock.outcome, lock.sentence, commit[:10]


REMEDY = "`ml-ci repro` and a commit of dvc.lock and metrics/"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param(
            {"report.py": "tells otherwise\n"},
            "its dvc.lock is stale: report (`report.py` changed)",
            id="any-stage-counts",
        ),
        pytest.param(
            {METRICS: numbers(0.99)[METRICS]},
            "its metrics/metrics.json comes from another run than its dvc.lock",
            id="numbers",
        ),
        pytest.param({LOCK: None}, "there is no dvc.lock", id="no-lock"),
        pytest.param(
            {"report.py": "tells otherwise\n", "train.py": "trains otherwise\n"},
            "its dvc.lock is stale: train, report (train: `train.py` changed)",
            id="several-and-the-reason-of-the-first",
        ),
        pytest.param(
            {LOCK: "schema: '2.0'\nstages: {}\n"},
            "its dvc.lock is stale: train, evaluate, export and 2 more "
            "(train: it has no entry in dvc.lock)",
            id="many",
        ),
    ],
)
def test_own_lock__that_is_stale_is_said_with_the_remedy(
    tmp_path: Path, changed: Mapping[str, str | None], why: str
) -> None:
    outcome, sentence, commit = own_lock(tmp_path, changed)

    assert ("stale", f"{commit} needs {REMEDY}: {why}") == (outcome, sentence)


def test_own_lock__that_is_fresh(tmp_path: Path) -> None:
    outcome, sentence, commit = own_lock(tmp_path, {})

    expected = f"dvc.lock and metrics/ of {commit} belong to its own files"
    assert ("fresh", expected) == (outcome, sentence)


def test_own_lock__that_cannot_be_told(tmp_path: Path) -> None:
    pipeline = FILES["dvc.yaml"].replace("cmd: evaluate", "cmd: evaluate ${x}")

    outcome, sentence, commit = own_lock(tmp_path, {"dvc.yaml": pipeline})

    expected = (
        f"{commit}: it cannot be told whether its dvc.lock is stale: "
        "evaluate (its use of ${…} in dvc.yaml is not understood)"
    )
    assert ("unknown", expected) == (outcome, sentence)


def test_own_lock__of_a_changed_checkout_is_not_looked_at(stale: SmallRepository) -> None:
    (stale.folder / "report.py").write_text("tells a third way")

    assert None is look_at_base(stale.seen, {}).lock


def test_own_lock__is_that_of_the_commit_while_a_run_rewrites_it(stale: SmallRepository) -> None:
    before = look_at_base(stale.seen, {}).lock
    (stale.folder / LOCK).write_text("being written")

    assert before == look_at_base(stale.seen, {}).lock


def compared(before: BaseLook, now: BaseLook) -> str | None:
    return why_of_another_base(before.reported, before.lock, now)


def look(repository: SmallRepository) -> BaseLook:
    return look_at_base(repository.seen, {})


def test_why_of_another_base__the_same(stale: SmallRepository) -> None:
    assert None is compared(look(stale), look(stale))


def test_why_of_another_base__a_branch_that_moved_on_is_no_other(stale: SmallRepository) -> None:
    before = look(stale)
    stale.git("checkout", "--quiet", "main")
    stale.commit({"other.py": "1"})
    stale.git("checkout", "--quiet", "change")

    now = look(stale)

    assert (0, 1, None) == (before.reported.behind, now.reported.behind, compared(before, now))


def test_why_of_another_base__after_a_rebase(stale: SmallRepository) -> None:
    before = look(stale)
    stale.git("checkout", "--quiet", "main")
    moved = stale.commit({"other.py": "1"})
    stale.git("checkout", "--quiet", "change")
    stale.git("rebase", "--quiet", "main")

    expected = f"it compares with {str(before.reported.commit)[:10]}; the base is {moved[:10]} now"
    assert expected == compared(before, look(stale))


def test_why_of_another_base__once_it_is_measured(stale: SmallRepository) -> None:
    before = look(stale)
    kept(stale, found(stale), "measured")

    why = compared(before, look(stale))

    assert why is not None
    assert why.startswith("the numbers of the base are others now (measured: measured here, ")


def test_why_of_another_base__once_the_lock_is_committed(stale: SmallRepository) -> None:
    before = look(stale)
    stale.commit({"train.py": FILES["train.py"]})

    expected = "whether dvc.lock belongs to its own commit has changed"
    assert expected == compared(before, look(stale))


def test_why_of_another_base__a_report_that_says_none(stale: SmallRepository) -> None:
    now = look(stale)

    expected = f"it compares with nothing; the base is {str(now.reported.commit)[:10]} now"
    assert expected == why_of_another_base(None, None, now)


def test_why_of_another_base__that_was_asked_for_in_vain(stale: SmallRepository) -> None:
    """The commit is the same, but the report would not say that it is not the one asked for."""
    asked = look_at_base(stale.seen, {BASE_VARIABLE: "gone"})

    expected = (
        "its base was chosen otherwise (where it left main); now: where it left main "
        "(ML_CI_BASE is gone, which this clone does not know)"
    )
    assert expected == compared(look(stale), asked)
