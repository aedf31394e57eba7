"""The packed context: the same bytes for the same files, wherever and whenever they lie."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from ml_ci.engines.image_build import pack


def packed(folders: dict[str, Path]) -> bytes:
    stream = io.BytesIO()
    pack(folders, stream)
    return stream.getvalue()


def write(folder: Path, *, time: int = 0, mode: int = 0o600) -> Path:
    (folder / "inner").mkdir(parents=True)
    path = folder / "inner/file.txt"
    path.write_text("content")
    path.chmod(mode)
    os.utime(path, (time, time))
    return folder


def test_pack__forgets_dates_owners_and_umask(tmp_path: Path) -> None:
    one = write(tmp_path / "one", time=1, mode=0o600)
    two = write(tmp_path / "two", time=2, mode=0o644)

    assert packed({"": one}) == packed({"": two})


def test_pack__keeps_what_is_executable(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", mode=0o700)

    with tarfile.open(fileobj=io.BytesIO(packed({"": folder}))) as tar:
        assert 0o755 == tar.getmember("inner/file.txt").mode


def test_pack__puts_folders_where_they_belong(tmp_path: Path) -> None:
    folders = {"": write(tmp_path / "one"), "wheels": write(tmp_path / "two")}

    with tarfile.open(fileobj=io.BytesIO(packed(folders))) as tar:
        assert ["inner", "inner/file.txt", "wheels/inner", "wheels/inner/file.txt"] == sorted(
            tar.getnames()
        )
