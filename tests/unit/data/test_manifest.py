"""The manifest and the folder it describes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.data.manifest import (
    Difference,
    Entry,
    check_folder,
    compare,
    folder_problems,
    hash_of_pointer,
    read_manifest,
    some_of,
    write_manifest,
)
from ml_ci.errors import CombinedUserError, UserError
from tests.builders.datasets import build_data, describe, put
from tests.builders.images import picture, png

MANIFEST = "data.manifest.csv"


def entry(path: str, sha: str = "a", label: str = "cat", witnesses: str = "") -> Entry:
    return Entry(path=path, sha256=sha * 64, label=label, witnesses=tuple(witnesses.split()))


def test_write_manifest__what_is_read_back(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    assert read_manifest(tmp_path / MANIFEST) == write_manifest(data, tmp_path / MANIFEST)


def test_write_manifest__labels_and_witnesses(tmp_path: Path) -> None:
    build_data(tmp_path)
    found = {e.path: (e.label, e.witnesses) for e in read_manifest(tmp_path / MANIFEST)}
    assert found["train/cat/a.png"] == ("cat", ())
    assert found["golden/two.png"] == ("dog", ("alpha", "palette"))
    assert found["golden/golden.csv"] == ("", ())


def test_write_manifest__same_bytes_twice(tmp_path: Path) -> None:
    build_data(tmp_path)
    before = (tmp_path / MANIFEST).read_bytes()
    describe(tmp_path)
    assert (tmp_path / MANIFEST).read_bytes() == before


def test_write_manifest__pointer_first(tmp_path: Path) -> None:
    put(tmp_path / "data.dvc", b"outs: []\n")
    build_data(tmp_path)
    first = read_manifest(tmp_path / MANIFEST)[0]
    assert (first.path, first.sha256) == ("../data.dvc", hash_of_pointer(b"outs: []\r\n"))


@pytest.mark.parametrize(
    ("found", "difference"),
    [
        ([], Difference(kind="missing", path="x")),
        ([entry("x", "b")], Difference(kind="changed", path="x")),
        ([entry("x", witnesses="alpha")], Difference(kind="changed", path="x")),
        (
            [entry("x", label="dog")],
            Difference(kind="relabelled", path="x", note="cat → dog"),
        ),
        (
            [entry("x", "b", label="")],
            Difference(kind="relabelled", path="x", note="cat → no label"),
        ),
        ([entry("x"), entry("y")], Difference(kind="unexpected", path="y")),
    ],
    ids=["missing", "content", "witnesses", "label", "label gone", "unexpected"],
)
def test_compare__one_difference(found: list[Entry], difference: Difference) -> None:
    assert compare([entry("x")], found) == [difference]


def test_compare__equal() -> None:
    assert compare([entry("x"), entry("y")], [entry("y"), entry("x")]) == []


def test_check_folder__equal(tmp_path: Path) -> None:
    build_data(tmp_path)
    check_folder(allow_missing=False, root=tmp_path)


def test_check_folder__half_pulled(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    for file in (data / "train/cat").iterdir():
        file.unlink()
    with pytest.raises(UserError) as error:
        check_folder(allow_missing=False, root=tmp_path)
    what = "2 files of data/ missing, by the manifest: train/cat/a.png, train/cat/b.png"
    assert error.value.what == what
    assert error.value.fix.startswith("run `dvc pull`")


def test_check_folder__before_a_pull(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    (data / "test/cat/a.png").unlink()
    check_folder(allow_missing=True, root=tmp_path)


def test_check_folder__before_a_pull_a_change_still_counts(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    (data / "test/cat/a.png").unlink()
    put(data / "test/dog/a.png", png(picture(99)))
    with pytest.raises(UserError, match=r"1 file of data/ changed, .*: test/dog/a\.png"):
        check_folder(allow_missing=True, root=tmp_path)


def test_check_folder__all_kinds_at_once(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    (data / "test/cat/a.png").unlink()
    put(data / "test/dog/a.png", b"other")
    put(data / "test/dog/new.png", b"new")
    with pytest.raises(CombinedUserError) as error:
        check_folder(allow_missing=False, root=tmp_path)
    assert len(error.value.problems) == 3


def test_folder_problems__golden_label(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    table = data / "golden/golden.csv"
    put(table, table.read_bytes().replace(b"one.png,cat", b"one.png,dog"))
    told = [problem.what for problem in folder_problems(tmp_path)]
    assert told == [
        "1 file of data/ changed, by the manifest: golden/golden.csv",
        "1 file of data/ relabelled, by the manifest: golden/one.png (cat → dog)",
    ]


def test_folder_problems__file_manager_litter_is_ignored(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    put(data / ".DS_Store", b"")
    put(data / "train/.ipynb_checkpoints/a.png", b"")
    assert folder_problems(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"file,label\n", b"path,sha256,label,witnesses\nx,abc,cat,\n", b"\xff\xfe\0"],
    ids=["empty", "other header", "short hash", "not UTF-8"],
)
def test_read_manifest__damaged(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / MANIFEST, content)
    with pytest.raises(UserError, match="the data manifest cannot be read"):
        read_manifest(tmp_path / MANIFEST)


def test_read_manifest__missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the data manifest cannot be read"):
        read_manifest(tmp_path / MANIFEST)


@pytest.mark.parametrize(
    ("count", "text"), [(1, "0"), (5, "0, 1, 2, 3, 4"), (7, "0, 1, 2, 3, 4 and 2 more")]
)
def test_some_of__names_five(count: int, text: str) -> None:
    assert some_of([str(number) for number in range(count)]) == text
