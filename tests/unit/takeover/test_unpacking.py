"""Unpacking: what does not belong there is refused before anything of it is used."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.takeover.unpacking import opened
from tests.builders.packages import THEIRS, measured, write_package

MOST = 10**6


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def archive(files: dict[str, bytes], *, mode: int = 0) -> Path:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    path = Path("artifact.zip")
    path.write_bytes(stream.getvalue())
    return path


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def refusal(source: Path, most_bytes: int = MOST) -> str:
    with pytest.raises(UserError) as caught, opened(source, most_bytes=most_bytes):
        pass
    return caught.value.what


def test_opened__a_zip_holds_what_was_packed() -> None:
    files = measured(THEIRS)

    with opened(archive(files), most_bytes=MOST) as folder:
        found = files_of(folder)

    assert files == found


def test_opened__takes_its_scratch_away(tmp_path: Path) -> None:
    with opened(archive(measured(THEIRS)), most_bytes=MOST):
        pass

    assert [] == list((tmp_path / ".ml-ci").iterdir())


def test_opened__a_folder_is_used_as_it_is() -> None:
    source = write_package(Path("package"), measured(THEIRS))

    with opened(source, most_bytes=MOST) as folder:
        assert source == folder


@pytest.mark.parametrize(
    "name",
    [
        "../dvc.lock",
        "/etc/passwd",
        "metrics/../dvc.yaml",
        "metrics/.hidden.json",
        "metrics/run.sh",
        "dvc.yaml",
        ".git/hooks/post-checkout",
        "cache/files/md5/ab/../../x",
        "metrics\\x.json",
    ],
)
def test_opened__refuses_a_name_that_does_not_belong_there(name: str) -> None:
    what = refusal(archive({**measured(THEIRS), name: b""}))

    assert "which does not belong there" in what


def test_opened__refuses_a_foreign_file_in_a_folder() -> None:
    source = write_package(Path("package"), {**measured(THEIRS), "run.sh": b""})

    assert "it holds `run.sh`, which does not belong there" in refusal(source)


def test_opened__refuses_a_link_in_a_zip() -> None:
    path = archive({"dvc.lock": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)

    assert "`dvc.lock` is no regular file" in refusal(path)


def test_opened__refuses_a_link_in_a_folder() -> None:
    source = write_package(Path("package"), measured(THEIRS))
    (source / "metrics/more.json").symlink_to("/etc/passwd")

    assert "`metrics/more.json` is no regular file" in refusal(source)


def test_opened__stops_at_the_limit_whatever_the_zip_says_of_its_size() -> None:
    bomb = archive({"dvc.lock": b"\0" * (MOST + 1)})

    assert "larger than 1 MB, unpacked" in refusal(bomb)


def test_opened__refuses_a_large_folder() -> None:
    source = write_package(Path("package"), {"dvc.lock": b"\0" * (MOST + 1)})

    assert "larger than 1 MB, unpacked" in refusal(source)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_opened__refuses_two_files_of_one_name() -> None:
    with zipfile.ZipFile("artifact.zip", "w") as packed:
        packed.writestr("dvc.lock", b"one")
        packed.writestr("dvc.lock", b"two")

    assert "two files of one name" in refusal(Path("artifact.zip"))


def test_opened__refuses_what_is_no_zip() -> None:
    Path("artifact.zip").write_bytes(b"PK of a kind")

    assert "it is no ZIP that can be read" in refusal(Path("artifact.zip"))


def test_opened__says_that_there_is_nothing() -> None:
    assert "there is no such folder or ZIP" == refusal(Path("nowhere"))
