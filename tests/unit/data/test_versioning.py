"""data.dvc, the manifest and the remote: together or not at all. Runs git for real, DVC once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ml_ci.data.manifest import check_folder
from ml_ci.data.versioning import restore_pointer, run_dvc, update_data
from ml_ci.errors import UserError
from tests.builders.datasets import build_data, put
from tests.builders.images import picture, png

ROOT = Path(__file__).resolve().parents[3]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "-m", "x")


class FakeDvc:
    """Writes a data.dvc of its own on `add`; `push` fails when told to."""

    def __init__(self, *, push_fails: bool = False) -> None:
        self.push_fails = push_fails
        self.calls: list[str] = []

    def __call__(self, *arguments: str) -> None:
        self.calls.append(" ".join(arguments))
        if arguments[0] == "add":
            files = sorted(path.as_posix() for path in Path("data").rglob("*.*"))
            put(Path("data.dvc"), "\n".join(files).encode())
        elif self.push_fails:
            raise UserError(what="push failed", where="remote", fix="none")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository, the working folder, whose data were taken over once and committed."""
    run(tmp_path, "git", "init", "--quiet")
    put(tmp_path / ".gitignore", b"/data\n")
    build_data(tmp_path)
    monkeypatch.chdir(tmp_path)
    update_data(dvc=FakeDvc())
    commit(tmp_path)
    return tmp_path


def tracked_files() -> list[bytes]:
    return [Path(name).read_bytes() for name in ("data.dvc", "data.manifest.csv")]


def test_update_data__fresh_clone_pulls_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real DVC and the settings of this repository."""
    original, clone = tmp_path / "original", tmp_path / "clone"
    for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitattributes"):
        put(original / name, (ROOT / name).read_bytes())
    run(original, "git", "init", "--quiet")
    build_data(original)
    monkeypatch.chdir(original)
    update_data()
    commit(original)
    run(tmp_path, "git", "clone", "--quiet", str(original), str(clone))
    run(clone, sys.executable, "-m", "dvc", "pull", "--quiet")
    check_folder(allow_missing=False, root=clone)
    assert run(clone, "git", "status", "--porcelain") == ""


def test_run_dvc__failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"`dvc push data\.dvc` failed: .*not inside of a DVC"):
        run_dvc("push", "data.dvc")


def test_update_data__adds_then_pushes(repository: Path) -> None:
    dvc = FakeDvc()
    update_data(dvc=dvc)
    assert dvc.calls == ["add data", "push data.dvc"]


def test_update_data__new_image(repository: Path) -> None:
    put(Path("data/train/cat/c.png"), png(picture(70)))
    update = update_data(dvc=FakeDvc())
    assert [str(one) for one in update.differences] == ["train/cat/c.png"]
    assert update.files == 10
    check_folder(allow_missing=False)


def test_update_data__nothing_changed(repository: Path) -> None:
    before = tracked_files()
    assert update_data(dvc=FakeDvc()).differences == ()
    assert tracked_files() == before


def test_update_data__files_gone(repository: Path) -> None:
    before = tracked_files()
    Path("data/train/cat/a.png").unlink()
    dvc = FakeDvc()
    with pytest.raises(UserError, match=r"1 file of the manifest gone from data/: train/cat/a"):
        update_data(dvc=dvc)
    assert (dvc.calls, tracked_files()) == ([], before)


def test_update_data__files_gone_on_purpose(repository: Path) -> None:
    Path("data/train/cat/a.png").unlink()
    update = update_data(allow_removals=True, dvc=FakeDvc())
    assert [one.kind for one in update.differences] == ["missing"]


def test_update_data__push_fails(repository: Path) -> None:
    before = tracked_files()
    put(Path("data/train/cat/c.png"), png(picture(71)))
    with pytest.raises(UserError, match="push failed"):
        update_data(dvc=FakeDvc(push_fails=True))
    assert tracked_files() == before


def test_update_data__first_push_fails(repository: Path) -> None:
    for name in ("data.dvc", "data.manifest.csv"):
        Path(name).unlink()
    with pytest.raises(UserError, match="push failed"):
        update_data(dvc=FakeDvc(push_fails=True))
    assert not Path("data.dvc").exists()
    assert not Path("data.manifest.csv").exists()


def test_update_data__no_data(repository: Path) -> None:
    shutil.rmtree("data")
    with pytest.raises(UserError, match="there is no data folder"):
        update_data(dvc=FakeDvc())


def test_restore_pointer__after_dvc_rewrote_it(repository: Path) -> None:
    before = tracked_files()
    put(Path("data.dvc"), b"half of it")
    assert restore_pointer()
    assert tracked_files() == before


def test_restore_pointer__only_staged_yet(repository: Path) -> None:
    put(Path("data/train/cat/c.png"), png(picture(72)))
    update_data(dvc=FakeDvc())
    run(repository, "git", "add", "data.dvc")
    before = tracked_files()
    put(Path("data.dvc"), b"half of it")
    assert restore_pointer()
    assert tracked_files() == before


def test_restore_pointer__nothing_to_do(repository: Path) -> None:
    assert not restore_pointer()


def test_restore_pointer__git_knows_no_such_content(repository: Path) -> None:
    put(Path("data/train/cat/c.png"), png(picture(73)))
    update_data(dvc=FakeDvc())
    put(Path("data.dvc"), b"something else")
    assert not restore_pointer()
    assert Path("data.dvc").read_bytes() == b"something else"


def test_restore_pointer__no_repository(tmp_path: Path) -> None:
    put(tmp_path / "data.dvc", b"first")
    build_data(tmp_path)
    put(tmp_path / "data.dvc", b"second")
    assert not restore_pointer(root=tmp_path)


def test_restore_pointer__rewritten_one_was_staged(repository: Path) -> None:
    before = tracked_files()
    put(Path("data.dvc"), b"half of it")
    run(repository, "git", "add", "data.dvc")
    assert restore_pointer()
    assert tracked_files() == before
