"""Files that are there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.files import new_folder, sha256_of_path, write_bytes, write_json


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def interrupt_while_filling(folder: Path) -> None:
    with new_folder(folder) as scratch:
        (scratch / "new").touch()
        raise KeyboardInterrupt


def test_write_bytes__makes_the_folder(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a" / "b.bin", b"x")

    assert b"x" == (tmp_path / "a" / "b.bin").read_bytes()


def test_write_bytes__that_fails_keeps_the_old_content(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old")

    with pytest.raises(TypeError):
        write_bytes(tmp_path / "a", "text")  # type: ignore[arg-type]

    assert (["a"], b"old") == (names(tmp_path), (tmp_path / "a").read_bytes())


def test_write_json__refuses_nan_and_keeps_the_old_content(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", 1)

    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))

    assert "1\n" == (tmp_path / "a.json").read_text()


def test_new_folder__replaces_the_old_one(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with new_folder(tmp_path / "folder") as scratch:
            (scratch / name).touch()

    assert (["folder"], ["new"]) == (names(tmp_path), names(tmp_path / "folder"))


def test_new_folder__that_is_interrupted_keeps_the_old_one(tmp_path: Path) -> None:
    with new_folder(tmp_path / "folder") as scratch:
        (scratch / "old").touch()

    with pytest.raises(KeyboardInterrupt):
        interrupt_while_filling(tmp_path / "folder")

    assert (["folder"], ["old"]) == (names(tmp_path), names(tmp_path / "folder"))


def test_sha256_of_path__of_a_folder_knows_names_and_contents(tmp_path: Path) -> None:
    hashes = []
    for name, content in (("a", b"1"), ("b", b"1"), ("a", b"2")):
        with new_folder(tmp_path / "folder") as scratch:
            write_bytes(scratch / name, content)
        hashes.append(sha256_of_path(tmp_path / "folder"))

    assert 3 == len(set(hashes))
