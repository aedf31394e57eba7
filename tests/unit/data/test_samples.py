"""Folders → samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.data.samples import GoldenSample, Sample, class_names, read_golden, read_split
from ml_ci.errors import CombinedUserError, UserError
from tests.builders.datasets import put


def table(folder: Path, content: str) -> Path:
    put(folder / "golden.csv", content.encode())
    return folder


def test_read_split__sorted_by_class_then_name(tmp_path: Path) -> None:
    for place in ("b/2.png", "b/10.png", "b/1.png", "a/z.png"):
        put(tmp_path / place, b"")
    expected = [
        Sample(path=tmp_path / "a/z.png", label="a"),
        Sample(path=tmp_path / "b/1.png", label="b"),
        Sample(path=tmp_path / "b/10.png", label="b"),
        Sample(path=tmp_path / "b/2.png", label="b"),
    ]
    assert read_split(tmp_path) == expected


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._a.png"])
def test_read_split__skips_what_file_managers_leave(tmp_path: Path, name: str) -> None:
    put(tmp_path / "a" / name, b"")
    assert read_split(tmp_path) == []


def test_class_names__empty_folder_is_a_class(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "readme.txt", b"")
    (tmp_path / ".cache").mkdir()
    assert class_names(tmp_path) == ("empty",)


def test_class_names__missing_folder(tmp_path: Path) -> None:
    assert class_names(tmp_path / "nowhere") == ()


def test_read_golden__row(tmp_path: Path) -> None:
    table(tmp_path, "file,label,witnesses\nx.png,cat,alpha  palette\n")
    expected = GoldenSample(
        name="x.png", path=tmp_path / "x.png", label="cat", witnesses=("alpha", "palette")
    )
    assert read_golden(tmp_path) == [expected]


def test_read_golden__byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    table(tmp_path, "\ufefffile,label,witnesses\r\nx.png,cat,\r\n")
    assert [sample.witnesses for sample in read_golden(tmp_path)] == [()]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("x.png,cat", "the row has 2 fields"),
        ("x.png,,alpha", "x.png has no label"),
        (",cat,alpha", "'' is not a file name in the same folder"),
        ("../x.png,cat,alpha", "'../x.png' is not a file name in the same folder"),
        ("a\\x.png,cat,alpha", "'a\\\\x.png' is not a file name in the same folder"),
    ],
)
def test_read_golden__row_that_cannot_be_read(tmp_path: Path, row: str, what: str) -> None:
    table(tmp_path, f"file,label,witnesses\nok.png,cat,\n{row}\n")
    with pytest.raises(UserError) as error:
        read_golden(tmp_path)
    assert (error.value.what, error.value.where) == (what, f"{tmp_path / 'golden.csv'}:3")


def test_read_golden__all_bad_rows_at_once(tmp_path: Path) -> None:
    table(tmp_path, "file,label,witnesses\na\nb\n")
    with pytest.raises(CombinedUserError) as error:
        read_golden(tmp_path)
    assert len(error.value.problems) == 2


@pytest.mark.parametrize("content", ["", "name,label\n"], ids=["empty", "other header"])
def test_read_golden__wrong_header(tmp_path: Path, content: str) -> None:
    with pytest.raises(UserError, match="the header is"):
        read_golden(table(tmp_path, content))


def test_read_golden__missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_golden(tmp_path)
