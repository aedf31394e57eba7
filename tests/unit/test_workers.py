"""Tests in several processes: the order, what stays together, what is made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.builders.project import ROOT
from tests.builders.workers import (
    LONGEST,
    ONE_BY_ONE,
    SAME_IMAGE,
    WORKER,
    in_order,
    made_once,
    number_of_workers,
    unit_of,
)

GIB = 2**30


@pytest.mark.parametrize("file", [*LONGEST, *ONE_BY_ONE, *SAME_IMAGE])
def test_files__that_are_named_exist(file: str) -> None:
    assert (ROOT / file).is_file()


def test_in_order__longest_first_and_unit_tests_last() -> None:
    files = ["tests/unit/test_b.py", "tests/acceptance/test_a.py", LONGEST[1], LONGEST[0]]

    assert [3, 2, 1, 0] == in_order(files)


def test_in_order__keeps_the_order_within_a_file() -> None:
    assert [1, 3, 0, 2] == in_order(["tests/unit/a.py", LONGEST[0]] * 2)


def test_unit_of__a_file_is_one() -> None:
    assert unit_of("tests/unit/a.py::one") == unit_of("tests/unit/a.py::two[x-y]")


def test_unit_of__two_files_are_two() -> None:
    assert unit_of("tests/unit/a.py::one") != unit_of("tests/unit/b.py::one")


def test_unit_of__tests_that_share_nothing_are_handed_out_one_by_one() -> None:
    assert unit_of(f"{ONE_BY_ONE[0]}::one") != unit_of(f"{ONE_BY_ONE[0]}::two")


def test_unit_of__files_with_the_same_images_are_one() -> None:
    assert 1 == len({unit_of(f"{file}::test") for file in SAME_IMAGE})


@pytest.mark.parametrize(
    ("cores", "available", "expected"),
    [
        pytest.param(2, 24 * GIB, 2, id="as-many-as-cores"),
        pytest.param(64, 500 * GIB, 8, id="no-more-than-there-is-work-for"),
        pytest.param(12, 7 * GIB, 3, id="as-there-is-memory"),
        pytest.param(4, GIB, 1, id="one-in-any-case"),
    ],
)
def test_number_of_workers__is_what_the_machine_holds(
    cores: int, available: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = psutil.virtual_memory()._replace(available=available)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)), raising=False)

    assert expected == number_of_workers()


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs this test."""
    monkeypatch.delenv(WORKER, raising=False)


class Factory:
    """What is asked of pytest's own."""

    def __init__(self, base: Path) -> None:
        self._base = base
        base.mkdir(exist_ok=True)

    def getbasetemp(self) -> Path:
        return self._base


def made(place: Path) -> Path:
    return made_once(Factory(place), "thing", lambda folder: (folder / "witness").touch())  # type: ignore[arg-type]


def test_made_once__is_there_for_the_next(tmp_path: Path) -> None:
    first = made(tmp_path)
    (first / "witness").write_text("mine")

    assert "mine" == (made(tmp_path) / "witness").read_text()


def test_made_once__several_processes_have_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WORKER, "gw0")

    assert made(tmp_path / "popen-gw0") == made(tmp_path / "popen-gw1")


def test_made_once__that_fails_is_made_anew(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        made_once(Factory(tmp_path), "thing", fail)  # type: ignore[arg-type]

    assert ["witness"] == [path.name for path in made(tmp_path).iterdir()]


def test_worker__computes_with_its_share_of_the_cores() -> None:
    """As `share_cores` says before torch is there to be told otherwise."""
    program = (
        "import os; os.cpu_count = lambda: 8\n"
        "from tests.builders.workers import share_cores; share_cores()\n"
        "print(os.environ['OMP_NUM_THREADS'])\n"
    )
    variables = {WORKER: "gw0", "PYTEST_XDIST_WORKER_COUNT": "3", "PYTHONPATH": str(ROOT)}

    done = subprocess.check_output([sys.executable, "-c", program], env=variables)

    assert b"2" == done.strip()
