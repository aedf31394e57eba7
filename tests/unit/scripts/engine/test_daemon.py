"""What stands in an engine's way, and that only the recorded one is stopped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from scripts.engine.daemon import check_cgroups, drop_stale_pid_file, halt
from scripts.engine.place import Record, apart, make_state
from scripts.engine.processes import ProcessIdentity, identify


@pytest.mark.parametrize(
    "mounts",
    [
        "cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0\n",
        "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
    ],
    ids=["v1", "v2"],
)
def test_check_cgroups__mounted(mounts: str) -> None:
    check_cgroups(mounts)


def test_check_cgroups__not_mounted() -> None:
    with pytest.raises(UserError, match="no cgroups are mounted"):
        check_cgroups("proc /proc proc rw 0 0\ntmpfs /sys/fs/cgroup tmpfs rw 0 0\n\n")


@pytest.mark.parametrize(
    ("content", "name"),
    [("12", None), ("12", "bash"), ("", None), ("twelve\n", "dockerd")],
    ids=["gone", "another-process", "empty", "nonsense"],
)
def test_drop_stale_pid_file__stale(tmp_path: Path, content: str, name: str | None) -> None:
    file = tmp_path / "docker.pid"
    file.write_text(content)
    drop_stale_pid_file(file, name=lambda _: name)
    assert not file.exists()


def test_drop_stale_pid_file__of_an_engine_that_runs(tmp_path: Path) -> None:
    file = tmp_path / "docker.pid"
    file.write_text("12\n")
    with pytest.raises(UserError, match=r"dockerd runs \(process 12\)"):
        drop_stale_pid_file(file, name=lambda _: "dockerd")
    assert file.exists()


def test_drop_stale_pid_file__none(tmp_path: Path) -> None:
    drop_stale_pid_file(tmp_path / "docker.pid")


def test_halt__nothing_without_a_record(tmp_path: Path) -> None:
    assert halt(apart(tmp_path)) is None


def test_halt__the_recorded_process(tmp_path: Path) -> None:
    place = apart(tmp_path)
    make_state(place)
    with subprocess.Popen(["sleep", "60"]) as engine:
        process = identify(engine.pid)
        assert process is not None
        Record(process=process).save(place.record)
        assert f"stopped dockerd (process {engine.pid})" == halt(place, seconds=5.0)
    assert not place.record.exists()


def test_halt__another_process_with_the_same_id_is_left(tmp_path: Path) -> None:
    place = apart(tmp_path)
    make_state(place)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        Record(process=ProcessIdentity(pid=stranger.pid, started=1)).save(place.record)
        assert halt(place, seconds=5.0) is None
        assert stranger.poll() is None
        stranger.kill()


def test_halt__removes_what_a_killed_engine_left(tmp_path: Path) -> None:
    place = apart(tmp_path)
    make_state(place)
    Record(process=ProcessIdentity(pid=12, started=1)).save(place.record)
    place.pid_file.write_text("12")
    place.socket.touch()
    halt(place, seconds=1.0)
    assert not place.pid_file.exists()


def test_halt__leaves_the_pid_file_of_another_engine(tmp_path: Path) -> None:
    place = apart(tmp_path)
    make_state(place)
    Record(process=ProcessIdentity(pid=12, started=1)).save(place.record)
    place.pid_file.write_text("13")
    halt(place, seconds=1.0)
    assert "13" == place.pid_file.read_text()
