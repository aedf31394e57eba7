"""The wheels of the image: for its Python and platform, never those of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.engines.docker_connection import EngineUnavailableError
from ml_ci.engines.wheels import Wheels

ROOT = Path(__file__).resolve().parents[3]
UNKNOWN = "no-such-package-of-ours==1.0 --hash=sha256:" + "0" * 64 + "\n"


def wheels(home: Path, lock: str, architecture: str = "amd64") -> Wheels:
    path = home / "image.txt"
    path.write_text(lock)
    return Wheels(home=home / "wheels", lock=path, architecture=architecture)


def test_folder__differs_by_lock_and_architecture(tmp_path: Path) -> None:
    folders = {
        wheels(tmp_path, lock, architecture).folder
        for lock in ("a", "b")
        for architecture in ("amd64", "arm64")
    }

    assert 4 == len(folders)


def test_get__of_a_package_that_cannot_be_had_leaves_nothing_half(tmp_path: Path) -> None:
    wanted = wheels(tmp_path, UNKNOWN)

    with pytest.raises(EngineUnavailableError, match="cannot be downloaded"):
        wanted.get()

    assert [] == [path.name for path in (tmp_path / "wheels").iterdir() if path.is_dir()]


def test_get__downloads_nothing_twice(tmp_path: Path) -> None:
    wanted = wheels(tmp_path, UNKNOWN)
    wanted.folder.mkdir(parents=True)

    assert wanted.folder == wanted.get()


def test_lock__has_no_marker_left_for_this_machine_to_decide() -> None:
    lock = (ROOT / "requirements/image.txt").read_text()

    assert [] == [line for line in lock.splitlines() if ";" in line]


def test_locks__of_image_and_process_name_the_same_versions() -> None:
    def versions(name: str) -> set[str]:
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        return {line.split()[0] for line in lines if "==" in line}

    assert versions("image.txt") <= versions("serving.txt")
