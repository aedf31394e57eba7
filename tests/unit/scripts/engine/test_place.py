"""The record of a started engine survives, or is none; one command works at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from scripts.engine.place import Record, apart, locked, make_state, remove_state
from scripts.engine.processes import ProcessIdentity

RECORD = Record(process=ProcessIdentity(pid=12, started=345), units=("docker.service",))


def test_record__comes_back_as_it_was(tmp_path: Path) -> None:
    RECORD.save(tmp_path / "engine.json")
    assert RECORD == Record.read(tmp_path / "engine.json")


def test_record__leaves_no_other_file(tmp_path: Path) -> None:
    RECORD.save(tmp_path / "engine.json")
    assert ["engine.json"] == [file.name for file in tmp_path.iterdir()]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x", "started": 1, "units": []}'],
    ids=["empty", "cut", "list", "null", "incomplete", "no-number"],
)
def test_record__what_is_none_is_none(tmp_path: Path, content: str) -> None:
    file = tmp_path / "engine.json"
    file.write_text(content)
    assert Record.read(file) is None


def test_record__none_without_a_file(tmp_path: Path) -> None:
    assert Record.read(tmp_path / "engine.json") is None


def test_locked__refuses_a_second_one(tmp_path: Path) -> None:
    place = apart(tmp_path)
    with locked(place), pytest.raises(UserError, match="is at work here"), locked(place):
        pass


def test_locked__leaves_nothing(tmp_path: Path) -> None:
    with locked(apart(tmp_path)):
        pass
    assert [] == list(tmp_path.iterdir())


def test_remove_state__leaves_images_and_can_be_repeated(tmp_path: Path) -> None:
    place = apart(tmp_path)
    make_state(place)
    place.log.write_text("")
    (tmp_path / "data").mkdir()
    remove_state(place)
    remove_state(place)
    assert ["data"] == [file.name for file in tmp_path.iterdir()]


def test_apart__keeps_everything_below_its_folder(tmp_path: Path) -> None:
    paths = [word for word in apart(tmp_path).options if "/" in word]
    assert 4 == len(paths)
    assert all(word.removeprefix("unix://").startswith(f"{tmp_path}/") for word in paths)
