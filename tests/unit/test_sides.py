"""Yours and ours: the tables of docs/architecture.md, .gitattributes and git say the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.builders.sides import IGNORED, MERGED, attributed, table


def test_yours__an_update_keeps_what_the_table_promises() -> None:
    assert [] == sorted(set(table("yours")) - MERGED - IGNORED - attributed())


def test_sides__no_path_is_on_both() -> None:
    assert [] == sorted(set(table("yours")) & set(table("ours")))


def test_ours__every_path_exists() -> None:
    assert [] == [path for path in table("ours") if not Path(path).exists()]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ml_ci/model/network.py", "set"),
        ("ml_ci/model/training.py", "unspecified"),
        ("server/app/main.py", "set"),
        ("dvc-remote/files/md5/00/0ce5", "set"),
        ("tests/yours/test_data.py", "set"),
        ("tests/unit/test_sides.py", "unspecified"),
        ("params.yaml", "unspecified"),
        ("docs/README.md", "unspecified"),
    ],
)
def test_attributes__as_git_reads_them(path: str, expected: str) -> None:
    command = ["git", "check-attr", "yours", "--", path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{path}: yours: {expected}\n" == done.stdout
