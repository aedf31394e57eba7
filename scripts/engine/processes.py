"""A process, known by its id and the moment it started: ids are given out again."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class ProcessIdentity:
    """What no other process of this machine has, until it starts anew."""

    pid: int
    started: int
    """Clock ticks between the machine's start and its own."""


def identify(pid: int, *, proc: Path = PROC) -> ProcessIdentity | None:
    """The running process with this id; None when there is none, or only its exit code is left."""
    fields = _stat(pid, proc)
    if fields is None or fields[0] in {"Z", "X"}:
        return None
    return ProcessIdentity(pid=pid, started=int(fields[19]))


def is_running(process: ProcessIdentity, *, proc: Path = PROC) -> bool:
    """Whether that very process runs, not another one that was given its id."""
    return process == identify(process.pid, proc=proc)


def name_of(pid: int, *, proc: Path = PROC) -> str | None:
    """The program's name, like ``dockerd``; None when there is no such process."""
    try:
        return (proc / str(pid) / "comm").read_text().strip()
    except OSError:
        return None


def stop(process: ProcessIdentity, *, seconds: float) -> bool:
    """SIGTERM, SIGKILL when it still runs after ``seconds``; whether it went by itself."""
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        if is_running(process):
            _signal(process.pid, number)
        deadline = time.monotonic() + patience
        while is_running(process) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        if not is_running(process):
            return number == signal.SIGTERM
    return False


def kill_mentioning(path: Path, *, proc: Path = PROC) -> list[int]:
    """SIGKILL to every process whose command line names something below ``path``, and to its
    children; their ids."""
    pids = [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    # This process may name the path in its own arguments
    named = {pid for pid in pids if pid != os.getpid() and _mentions(pid, path, proc)}
    parents = {pid: _stat(pid, proc) for pid in pids}
    children = {pid for pid, fields in parents.items() if fields and int(fields[1]) in named}
    for pid in named | children:
        _signal(pid, signal.SIGKILL)
    return sorted(named | children)


def _mentions(pid: int, path: Path, proc: Path) -> bool:
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(word.startswith(f"{path}/".encode()) for word in words)


def _stat(pid: int, proc: Path) -> list[str] | None:
    """The fields of /proc/PID/stat from the third on (state, parent, …); see proc(5)."""
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the name in parentheses, and may hold blanks and parentheses itself
    return text.rpartition(")")[2].split()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
