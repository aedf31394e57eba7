"""Whether the public subset lies in the place of the data, told from the files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.data.subset import PublicSubset, subset_in_use
from ml_ci.params.forks import ForkSettings
from tests.builders.repositories import SmallRepository, small_repository

HEADER = "path,sha256,label,witnesses\n"
ROWS = [f"test/cat/{n}.png,{str(n) * 64},cat,\n" for n in range(3)]
WHOLE, PART = HEADER + "".join(ROWS), HEADER + ROWS[0]
SETTINGS = ForkSettings(data="public")


@pytest.fixture
def repository(tmp_path: Path) -> SmallRepository:
    """A commit with its data and a public subset of them."""
    repository = small_repository(tmp_path)
    repository.commit(
        {
            "data.dvc": "whole",
            "data.manifest.csv": WHOLE,
            "public/data.dvc": "part",
            "public/data.manifest.csv": PART,
        }
    )
    return repository


def put(repository: SmallRepository, **files: str) -> None:
    """The two files that stand for the data."""
    for name, content in ({"dvc": "part", "csv": PART} | files).items():
        path = "data.dvc" if name == "dvc" else "data.manifest.csv"
        (repository.folder / path).write_text(content, encoding="utf-8")


def in_use(repository: SmallRepository, settings: ForkSettings = SETTINGS) -> PublicSubset | None:
    return subset_in_use(settings, repository.seen)


def test_subset_in_use__knows_what_the_whole_would_be(repository: SmallRepository) -> None:
    put(repository)

    found = in_use(repository)

    assert found is not None
    assert ("public", [f"test/cat/{n}.png" for n in range(3)]) == (
        found.folder,
        [entry.path for entry in found.whole],
    )


def test_subset_in_use__is_none_of_the_commits_own_data(repository: SmallRepository) -> None:
    assert None is in_use(repository)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"dvc": "other"}, id="other-data"),
        pytest.param({"csv": WHOLE}, id="other-manifest"),
    ],
)
def test_subset_in_use__is_none_of_other_changes_to_the_data(
    repository: SmallRepository, files: dict[str, str]
) -> None:
    put(repository, **files)

    assert None is in_use(repository)


def test_subset_in_use__is_none_where_params_name_none(repository: SmallRepository) -> None:
    put(repository)

    assert None is in_use(repository, ForkSettings(data=""))


def test_subset_in_use__is_none_where_it_is_the_whole(repository: SmallRepository) -> None:
    put(repository)
    repository.commit({})

    assert None is in_use(repository)


def test_subset_in_use__is_none_without_files(repository: SmallRepository) -> None:
    for name in ("data.dvc", "public/data.dvc"):
        (repository.folder / name).unlink()

    assert None is in_use(repository)


def test_subset_in_use__of_a_commit_with_a_damaged_manifest(repository: SmallRepository) -> None:
    repository.commit({"data.manifest.csv": "something"})
    put(repository)

    assert PublicSubset(folder="public", whole=()) == in_use(repository)
