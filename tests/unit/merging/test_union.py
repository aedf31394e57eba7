"""The union of two branches' images: merged one by one, nothing lost, nothing guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.merging.union import TABLE, Side, Union, merge_maps, merge_tables, put, unite
from tests.builders.packages import md5
from tests.builders.packages import write_package as write

BASE = {"train/a/1.png": b"1", "train/a/2.png": b"2"}
HEAD = b"file,label,witnesses\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": 1, "c": 3}, {"a": 1, "b": 2, "c": 3}, id="both add"),
        pytest.param({"a": 1}, {}, {}, id="they remove"),
        pytest.param({}, {"a": 1}, {}, id="we remove"),
        pytest.param({}, {}, {}, id="both remove"),
        pytest.param({"a": 5}, {"a": 1}, {"a": 5}, id="we change"),
        pytest.param({"a": 1}, {"a": 5}, {"a": 5}, id="they change"),
        pytest.param({"a": 5}, {"a": 5}, {"a": 5}, id="both change alike"),
    ],
)
def test_merge_maps__takes_what_one_side_changed(
    ours: Mapping[str, int], theirs: Mapping[str, int], merged: Mapping[str, int]
) -> None:
    assert (merged, []) == merge_maps({"a": 1}, ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [({"a": 5}, {"a": 6}), ({}, {"a": 6}), ({"a": 5}, {}), ({"a": 1, "b": 2}, {"a": 1, "b": 3})],
    ids=["both change", "we remove", "they remove", "both add"],
)
def test_merge_maps__names_what_both_changed_otherwise(
    ours: Mapping[str, int], theirs: Mapping[str, int]
) -> None:
    _, clashes = merge_maps({"a": 1}, ours, theirs)

    assert ["b" if "b" in ours else "a"] == clashes


def test_merge_tables__keeps_the_rows_of_both() -> None:
    merged = merge_tables(
        HEAD + b"b.png,down,grey\n",
        HEAD + b"b.png,down,grey\nc.png,both,\n",
        HEAD + b"a.png,across,\nb.png,down,grey\n",
    )

    assert HEAD + b"a.png,across,\nb.png,down,grey\nc.png,both,\n" == merged


def test_merge_tables__leaves_the_only_changed_one_as_it_is() -> None:
    changed = HEAD + b"b.png,down,grey\r\n"

    assert changed == merge_tables(HEAD, HEAD, changed)


def test_merge_tables__refuses_a_row_that_both_changed() -> None:
    with pytest.raises(UserError, match=r"lines of golden\.csv: b\.png"):
        merge_tables(HEAD + b"b.png,a,\n", HEAD + b"b.png,b,\n", HEAD + b"b.png,c,\n")


class Objects:
    """DVC's objects in a folder, and sides made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def side(self, files: Mapping[str, bytes]) -> Side:
        for content in files.values():
            write(self.folder, {md5(content): content})
        return Side(
            sha256={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            md5={name: md5(content) for name, content in files.items()},
        )

    def place(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "objects")


def united(
    objects: Objects,
    base: Mapping[str, bytes],
    ours: Mapping[str, bytes],
    theirs: Mapping[str, bytes],
) -> Union:
    return unite(objects.side(base), objects.side(ours), objects.side(theirs), objects.place)


def contents(union: Union) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in union.files.items()}


def test_unite__holds_what_either_side_added(objects: Objects) -> None:
    ours, theirs = {**BASE, "test/a/3.png": b"3"}, {**BASE, "train/b/4.png": b"4"}

    union = united(objects, BASE, ours, theirs)

    assert {**ours, **theirs} == contents(union)


def test_unite__moves_what_one_side_relabelled(objects: Objects) -> None:
    theirs = {"train/b/1.png": b"1", "train/a/2.png": b"2"}

    union = united(objects, BASE, BASE, theirs)

    assert theirs == contents(union)


def test_unite__merges_golden_csv_by_row(objects: Objects) -> None:
    sides = [{TABLE: HEAD}, {TABLE: HEAD + b"a.png,a,\n"}, {TABLE: HEAD + b"b.png,b,\n"}]

    union = united(objects, *sides)

    assert HEAD + b"a.png,a,\nb.png,b,\n" == union.table


def test_unite__refuses_an_image_that_both_changed(objects: Objects) -> None:
    ours, theirs = {**BASE, "train/a/1.png": b"one"}, {**BASE, "train/a/1.png": b"uno"}

    with pytest.raises(UserError, match=r"both branches changed, differently: train/a/1\.png"):
        united(objects, BASE, ours, theirs)


def files_of(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("times", [1, 2], ids=["once", "again"])
def test_put__makes_the_folder_hold_the_union(objects: Objects, tmp_path: Path, times: int) -> None:
    ours = {"train/a/2.png": b"2", "test/a/3.png": b"3"}
    theirs = {**BASE, "train/b/4.png": b"4"}
    sides = objects.side(BASE), objects.side(ours), objects.side(theirs)
    union = unite(*sides, objects.place)
    write(tmp_path / "data", {**BASE, "test/a/3.png": b"3"})

    for _ in range(times):
        put(union, sides, tmp_path / "data")

    assert {**ours, "train/b/4.png": b"4"} == files_of(tmp_path / "data")


def test_put__refuses_to_lose_what_no_side_has(objects: Objects, tmp_path: Path) -> None:
    side = objects.side(BASE)
    union = unite(side, side, side, objects.place)
    write(tmp_path / "data", {**BASE, "train/a/mine.png": b"mine"})

    with pytest.raises(UserError, match=r"neither branch has: train/a/mine\.png"):
        put(union, (side,), tmp_path / "data")

    assert b"mine" == (tmp_path / "data/train/a/mine.png").read_bytes()
