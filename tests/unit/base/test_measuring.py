"""Measuring a base: in a checkout of its own that is always taken away, kept by commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ml_ci.base.checkout import CHECKOUT, remove_left_over
from ml_ci.base.keeping import BaseRecord, KeptBase
from ml_ci.base.measuring import Ended, measure_base
from ml_ci.base.reading import read_base
from tests.builders.bases import numbers, project, repository_with_base
from tests.builders.repositories import SmallRepository

MINUTES = 10.0
DONE = Ended(code=0, last_words="")
Body = Callable[[Path, Sequence[str]], Ended]


class Dvc:
    """Stands in for DVC in the checkout; notes what it was asked for."""

    def __init__(self, repro: Body) -> None:
        self.repro = repro
        self.asked: list[tuple[str, ...]] = []
        self.seconds: list[float] = []
        self.folder = Path()

    def __call__(self, folder: Path, arguments: Sequence[str], seconds: float) -> Ended:
        self.folder = folder
        self.asked.append(tuple(arguments))
        self.seconds.append(seconds)
        return self.repro(folder, arguments) if arguments[0] == "repro" else DONE


def gives_numbers(folder: Path, _: Sequence[str]) -> Ended:
    """As the stages of the base would."""
    assert "trains otherwise" in (folder / "train.py").read_text()
    for name, text in numbers(0.25).items():
        (folder / name).write_text(text)
    return DONE


@pytest.fixture
def repository(tmp_path: Path) -> SmallRepository:
    """Whose base is stale."""
    stale = {**project(), "train.py": "trains otherwise\n"}
    return repository_with_base(tmp_path / "repository", stale)


def base_of(repository: SmallRepository) -> str:
    return repository.git("rev-parse", "main")


def measured(repository: SmallRepository, dvc: Dvc) -> BaseRecord:
    return measure_base(repository.seen, base_of(repository), MINUTES, dvc)


def left(repository: SmallRepository) -> tuple[bool, int, str]:
    """Whether the checkout is there still, how many git knows of, and what git sees as changed."""
    return (
        (repository.folder / CHECKOUT).exists(),
        len(repository.git("worktree", "list").splitlines()),
        repository.git("status", "--porcelain"),
    )


NOTHING_LEFT = (False, 1, "")


def test_measure_base__keeps_what_its_own_stages_give(repository: SmallRepository) -> None:
    record = measured(repository, Dvc(gives_numbers))

    base = read_base(repository.seen, {})
    assert base is not None
    assert base.numbers is not None
    assert ("measured", "measured", 0.25, 1234) == (
        record.outcome,
        base.source,
        base.numbers.metrics["accuracy"],
        base.model_bytes,
    )


def test_measure_base__pulls_and_runs_the_two_stages_in_the_time_there_is(
    repository: SmallRepository,
) -> None:
    dvc = Dvc(gives_numbers)

    measured(repository, dvc)

    assert [("pull", "--allow-missing"), ("repro", "evaluate", "reference")] == dvc.asked
    assert MINUTES * 60 >= dvc.seconds[0] > dvc.seconds[1] > MINUTES * 60 - 60


def test_measure_base__leaves_no_checkout(repository: SmallRepository) -> None:
    measured(repository, Dvc(gives_numbers))

    assert NOTHING_LEFT == left(repository)


def test_measure_base__that_is_interrupted_leaves_nothing(repository: SmallRepository) -> None:
    def interrupted(_folder: Path, _arguments: Sequence[str]) -> Ended:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(repository, Dvc(interrupted))

    kept = KeptBase.of(base_of(repository), repository.folder)
    assert (NOTHING_LEFT, False) == (left(repository), kept.folder.exists())


def test_measure_base__takes_away_what_a_killed_run_left(repository: SmallRepository) -> None:
    assert None is repository.seen.add_worktree(repository.folder / CHECKOUT, "main")
    (repository.folder / CHECKOUT / "half").touch()

    record = measured(repository, Dvc(gives_numbers))

    assert ("measured", NOTHING_LEFT) == (record.outcome, left(repository))


def test_measure_base__leaves_the_users_own_checkouts(
    repository: SmallRepository, tmp_path: Path
) -> None:
    """Also one that is out of reach just now."""
    assert None is repository.seen.add_worktree(tmp_path / "theirs", "main")
    (tmp_path / "theirs").rename(tmp_path / "away")

    measured(repository, Dvc(gives_numbers))

    assert (False, 2, "") == left(repository)


def test_remove_left_over__without_any(repository: SmallRepository) -> None:
    remove_left_over(repository.seen)

    assert NOTHING_LEFT == left(repository)


def stage_failed(folder: Path, _: Sequence[str]) -> Ended:
    record = {"stage": "train", "status": "failed", "message": "no room\n  where: here"}
    place = folder / ".ml-ci/stages/train.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(record))
    return Ended(code=255, last_words="ERROR: failed to reproduce 'train'")


def dvc_failed(_folder: Path, _arguments: Sequence[str]) -> Ended:
    return Ended(code=255, last_words="ERROR: \x1b[31mno such stage")


def took_too_long(_folder: Path, _arguments: Sequence[str]) -> Ended:
    return Ended(code=None, last_words="")


def lost_a_file(folder: Path, arguments: Sequence[str]) -> Ended:
    gives_numbers(folder, arguments)
    (folder / "metrics/golden.json").unlink()
    return DONE


@pytest.mark.parametrize(
    ("repro", "outcome", "reason"),
    [
        pytest.param(stage_failed, "failed", "train failed: no room", id="a-stage"),
        pytest.param(dvc_failed, "failed", "ERROR: ?[31mno such stage", id="dvc"),
        pytest.param(took_too_long, "too slow", "it took longer than 10 minutes", id="too-slow"),
        pytest.param(lost_a_file, "failed", "there is no metrics/golden.json", id="no-numbers"),
    ],
)
def test_measure_base__keeps_why_it_gave_nothing(
    repository: SmallRepository, repro: Body, outcome: str, reason: str
) -> None:
    record = measured(repository, Dvc(repro))

    assert (outcome, reason, NOTHING_LEFT) == (record.outcome, record.reason, left(repository))
    assert record == KeptBase.of(base_of(repository), repository.folder).record()


@pytest.mark.parametrize(
    "pipeline",
    [
        pytest.param("stages: {train: {cmd: train}}", id="without-them"),
        pytest.param("stages: [", id="damaged"),
        pytest.param(None, id="without-pipeline"),
    ],
)
def test_measure_base__too_old_to_have_the_stages(tmp_path: Path, pipeline: str | None) -> None:
    files = project()
    del files["dvc.yaml"]
    repository = repository_with_base(
        tmp_path, files if pipeline is None else {**files, "dvc.yaml": pipeline}
    )
    dvc = Dvc(gives_numbers)

    record = measured(repository, dvc)

    assert ("failed", "it has no stage evaluate and reference") == (record.outcome, record.reason)
    assert [] == dvc.asked


def test_measure_base__that_git_cannot_check_out(repository: SmallRepository) -> None:
    record = measure_base(repository.seen, "f" * 40, MINUTES, Dvc(gives_numbers))

    assert ("failed", True) == (
        record.outcome,
        record.reason.startswith("git could not check out the base: fatal: "),
    )


def test_measure_base__shares_cache_and_credentials(repository: SmallRepository) -> None:
    seen = []

    def look(folder: Path, arguments: Sequence[str]) -> Ended:
        seen.append((folder / ".dvc/config.local").read_text())
        return gives_numbers(folder, arguments)

    config = (
        "['remote \"far\"']\n    url = ssh://far/away\n    password = secret\n"
        "[cache]\n    dir = ../elsewhere\n"
    )
    (repository.folder / ".dvc/config.local").write_text(config)
    repository.commit({".gitignore": "/.ml-ci\n/.dvc/config.local\n"})

    measured(repository, Dvc(look))

    assert f"dir = {repository.folder.resolve() / 'elsewhere'}\n" in seen[0]
    assert "password = secret\n" in seen[0]


def test_measure_base__of_a_project_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    files = {**project(), "train.py": "trains otherwise\n"}
    inner = {f"model/{name}": text for name, text in files.items()}
    repository = repository_with_base(tmp_path, inner)
    dvc = Dvc(gives_numbers)

    record = measured(SmallRepository(folder=tmp_path / "model"), dvc)

    assert ("measured", "model") == (record.outcome, dvc.folder.name)
    assert (repository.git("rev-parse", "main")) in str(list(tmp_path.rglob("record.json")))
