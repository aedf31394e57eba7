"""Processes are told apart by id and start; only the one that is meant is stopped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.engine.processes import (
    ProcessIdentity,
    identify,
    is_running,
    kill_mentioning,
    name_of,
    stop,
)

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""


def write_stat(proc: Path, *, pid: int, name: str, state: str, started: int) -> None:
    """A line as the kernel writes it: 52 fields, the name in parentheses."""
    fields = ["0"] * 49
    fields[18] = str(started)  # the 22nd of the line
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} ({name}) {state} {' '.join(fields)}\n")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that would run for a minute."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("name", ["dockerd", "a (b) c", ") S 1 2"])
def test_identify__reads_the_start_whatever_the_name(tmp_path: Path, name: str) -> None:
    write_stat(tmp_path, pid=7, name=name, state="S", started=4711)
    assert ProcessIdentity(pid=7, started=4711) == identify(7, proc=tmp_path)


def test_identify__knows_no_process_that_has_ended(tmp_path: Path) -> None:
    write_stat(tmp_path, pid=7, name="dockerd", state="Z", started=4711)
    assert identify(7, proc=tmp_path) is None


def test_identify__knows_no_process_without_a_folder(tmp_path: Path) -> None:
    assert identify(7, proc=tmp_path) is None


def test_is_running__another_process_with_the_same_id(tmp_path: Path) -> None:
    write_stat(tmp_path, pid=7, name="dockerd", state="S", started=4712)
    assert not is_running(ProcessIdentity(pid=7, started=4711), proc=tmp_path)


def test_name_of__without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "comm").write_text("dockerd\n")
    assert "dockerd" == name_of(7, proc=tmp_path)


def test_name_of__no_process(tmp_path: Path) -> None:
    assert name_of(7, proc=tmp_path) is None


def test_stop__ends_the_process(sleeper: subprocess.Popen[bytes]) -> None:
    process = identify(sleeper.pid)
    assert process is not None
    assert stop(process, seconds=5.0)
    assert not is_running(process)


def test_stop__kills_what_does_not_listen() -> None:
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        process = identify(deaf.pid)
        assert process is not None
        assert not stop(process, seconds=0.2)
        assert not is_running(process)


def test_stop__leaves_another_process_with_the_same_id(sleeper: subprocess.Popen[bytes]) -> None:
    assert stop(ProcessIdentity(pid=sleeper.pid, started=1), seconds=0.2)
    assert sleeper.poll() is None


def test_kill_mentioning__only_what_lies_below_the_path(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    waiting = ["sh", "-c", "sleep 60; true", str(tmp_path / "containerd.sock")]
    other = ["sh", "-c", "sleep 60; true", f"{tmp_path}-other/containerd.sock"]
    with subprocess.Popen(waiting) as meant, subprocess.Popen(other) as spared:
        try:
            assert meant.pid in kill_mentioning(tmp_path)
            assert -9 == meant.wait(5)
            assert spared.poll() is None
            assert sleeper.poll() is None
        finally:
            kill_mentioning(Path(f"{tmp_path}-other"))
