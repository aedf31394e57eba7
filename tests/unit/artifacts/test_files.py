"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ml_ci.artifacts.files import (
    new_folder,
    sha256_of_path,
    sweep,
    write_bytes,
    write_json,
    write_together,
)


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


def test_new_folder__that_cannot_take_its_place_keeps_the_old_one(tmp_path: Path) -> None:
    """Interrupted between taking the old folder away and putting the new one there."""
    with new_folder(tmp_path / "folder") as scratch:
        (scratch / "old").touch()

    with pytest.raises(FileNotFoundError), new_folder(tmp_path / "folder") as scratch:
        scratch.rmdir()

    assert (["folder"], ["old"]) == (names(tmp_path), names(tmp_path / "folder"))


def test_write_together__replaces_nothing_before_all_is_written(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_bytes(tmp_path / name, b"old")

    with pytest.raises(TypeError):
        write_together({tmp_path / "a": b"new", tmp_path / "b": "text"})  # type: ignore[dict-item]

    assert ["a", "b"] == names(tmp_path)
    assert [b"old", b"old"] == [(tmp_path / name).read_bytes() for name in ("a", "b")]


def test_write_together__that_is_interrupted_while_replacing_replaces_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def interrupted_once(scratch: Path, path: Path) -> Path:
        if path.name == "b":
            monkeypatch.setattr(Path, "replace", replace)
            raise KeyboardInterrupt
        return replace(scratch, path)

    monkeypatch.setattr(Path, "replace", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        write_together({tmp_path / name: b"new" for name in "abc"})

    assert ["a", "b", "c"] == names(tmp_path)


def ended_process() -> int:
    """The id of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_sweep__takes_away_what_a_killed_process_left(tmp_path: Path) -> None:
    pid = ended_process()
    (tmp_path / f".a.json.{pid}.x1_y2z3a.scratch").touch()
    (tmp_path / f".folder.{pid}.x1_y2z3a.scratch/in").mkdir(parents=True)
    (tmp_path / "folder").mkdir()
    (tmp_path / f".folder.{pid}.x1_y2z3a.scratch.old").mkdir()

    swept = sweep(tmp_path)

    assert (3, ["folder"]) == (len(swept), names(tmp_path))


def test_sweep__puts_a_folder_back_whose_successor_never_came(tmp_path: Path) -> None:
    outgoing = tmp_path / f".folder.{ended_process()}.x1_y2z3a.scratch.old"
    outgoing.mkdir()
    (outgoing / "precious").touch()

    sweep(tmp_path)

    assert (["folder"], ["precious"]) == (names(tmp_path), names(tmp_path / "folder"))


@pytest.mark.parametrize(
    "name",
    [
        # Named, because every process that runs tests has to call it the same
        pytest.param(f".a.{os.getpid()}.x1_y2z3a.scratch", id="of-this-process"),
        ".git",
        ".scratch",
        ".a.b.c.scratch",
        "a",
    ],
)
def test_sweep__leaves_what_is_not_ours_or_still_being_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert ([], [name]) == (sweep(tmp_path), names(tmp_path))


def test_sweep__knows_what_is_written_here(tmp_path: Path) -> None:
    """By another process that is killed while it writes."""
    code = (
        "import os, signal, sys; from pathlib import Path; from ml_ci.artifacts import files\n"
        "files.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "with files.new_folder(Path(sys.argv[1]) / 'folder') as scratch:\n"
        "    files.write_bytes(Path(sys.argv[1]) / 'file', b'half')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    left = names(tmp_path)

    sweep(tmp_path)

    assert (2, []) == (len(left), names(tmp_path))


def test_write_bytes__on_a_full_disk_names_the_file_and_keeps_it(small_disk: SmallDisk) -> None:
    path = small_disk.folder / "report.json"
    write_bytes(path, b"old")
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from ml_ci.artifacts.files import write_bytes; from ml_ci.errors import exit_code_of\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"if not {small_disk.mounted}: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "sys.exit(exit_code_of(lambda: write_bytes(Path(sys.argv[1]), bytes(1 << 20))))\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    what = "the disk is full" if small_disk.mounted else "the file is larger than"
    assert (2, b"old", [path.name]) == (done.returncode, path.read_bytes(), names(path.parent))
    assert done.stderr.startswith(f"error: {what}"), done.stderr
    assert f"\n  where: {path}\n  fix:   make room" in done.stderr


@dataclass(frozen=True, kw_only=True)
class SmallDisk:
    """A folder that holds 64 KB; where none can be mounted, a limit on files stands in for it."""

    folder: Path
    mounted: bool


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    mounted = mount_small_disk(tmp_path)
    yield SmallDisk(folder=tmp_path, mounted=mounted)
    if mounted:
        subprocess.run(["umount", str(tmp_path)], check=True)


def mount_small_disk(folder: Path) -> bool:
    """A file system of 64 KB at ``folder``; False where we may not."""
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_sha256_of_path__of_a_folder_knows_names_and_contents(tmp_path: Path) -> None:
    hashes = []
    for name, content in (("a", b"1"), ("b", b"1"), ("a", b"2")):
        with new_folder(tmp_path / "folder") as scratch:
            write_bytes(scratch / name, content)
        hashes.append(sha256_of_path(tmp_path / "folder"))

    assert 3 == len(set(hashes))
