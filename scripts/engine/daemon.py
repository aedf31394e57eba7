"""The engine's process: started, waited for, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ml_ci.errors import UserError
from scripts.engine.api import Answer, EngineApi
from scripts.engine.packages import SBIN, find_program
from scripts.engine.place import ENGINE_NAME, Place, Record, make_state
from scripts.engine.processes import identify, is_running, kill_mentioning, name_of, stop

READY_SECONDS = 60.0
STOP_SECONDS = 40.0  # it gives its containers 15 s to stop
UNITS = ("docker.socket", "docker.service", "containerd.service")
_LOG_LINES = 12
_POLL_SECONDS = 0.05
# Becomes the engine once its record is written; whoever is killed before that starts nothing.
_AFTER_RECORD = 'read -r go && exec "$@" </dev/null'


def start(place: Place, *, tied: bool) -> Record:
    """Start an engine and return when it answers; ``tied``: the kernel ends it with this process.

    Raises UserError; then, and when interrupted, nothing is left running.
    """
    check_cgroups(Path("/proc/mounts").read_text())
    drop_stale_pid_file(place.pid_file)
    make_state(place)
    print(f"starting {ENGINE_NAME}; its log is {place.log}", flush=True)
    process = _spawn(place, tied=tied)
    identity = identify(process.pid)
    try:
        if identity is None or process.stdin is None:
            raise RuntimeError("the process that was to become the engine is gone")
        record = Record(process=identity)
        record.save(place.record)
        process.stdin.write(b"go\n")
        process.stdin.close()
        _wait(place, process)
    except BaseException:
        halt(place)
        raise
    return record


def check_cgroups(mounts: str) -> None:
    """``mounts`` as in /proc/mounts. Raises UserError when there are none."""
    if not any(line.split()[2:3] in (["cgroup"], ["cgroup2"]) for line in mounts.splitlines()):
        raise UserError(
            what="no cgroups are mounted, and no container runs without them",
            where="/sys/fs/cgroup",
            fix="`apt-get install cgroupfs-mount` and then `cgroupfs-mount`; in a container: "
            "start that one with --privileged",
        )


def drop_stale_pid_file(file: Path, *, name: Callable[[int], str | None] = name_of) -> None:
    """Remove what a killed engine left: dockerd refuses to start while *any* process has that id.

    Raises UserError when an engine does run, which was asked and did not answer.
    """
    try:
        pid = int(file.read_text())
    except FileNotFoundError:
        return
    except ValueError:
        pid = 0
    if pid and name(pid) == ENGINE_NAME:
        raise UserError(
            what=f"{ENGINE_NAME} runs (process {pid}) and does not answer where it is expected",
            where=str(file),
            fix=f"wait if it has just been started; else look into its log, or `kill {pid}`",
        )
    file.unlink()


def halt(place: Place, *, seconds: float = STOP_SECONDS) -> str | None:
    """Stop the engine of the record, and nothing else; what was stopped, None if nothing was."""
    record = Record.read(place.record)
    if record is None:
        return None
    with _undisturbed():
        stopped = _halt(place, record, seconds)
        place.record.unlink(missing_ok=True)
    return stopped


def _halt(place: Place, record: Record, seconds: float) -> str | None:
    if record.units:
        subprocess.run(["systemctl", "stop", *record.units], check=True)
        return f"stopped {' '.join(record.units)}"
    was_running = is_running(record.process)
    gently = was_running and stop(record.process, seconds=seconds)
    engine = f"{ENGINE_NAME} (process {record.process.pid})"
    if is_running(record.process):
        raise UserError(
            what=f"{engine} could not be stopped, not even by SIGKILL",
            where=str(place.log),
            fix="it hangs in the kernel: restart the machine",
        )
    _sweep(place, record.process.pid)
    if not was_running:
        return None
    return f"stopped {engine}" if gently else f"had to kill {engine}; its mounts stay"


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Deaf to an impatient second Ctrl-C."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def active_units() -> tuple[str, ...]:
    """The services of systemd that run now; none where there is no systemd."""
    if not Path("/run/systemd/system").is_dir():
        return ()
    quiet = ["systemctl", "is-active", "--quiet"]
    return tuple(unit for unit in UNITS if subprocess.run([*quiet, unit]).returncode == 0)


def adopt(place: Place, *, before: tuple[str, ...]) -> Record | None:
    """Record the engine that installing its package started, so that it is stopped, too."""
    try:
        process = identify(int(place.pid_file.read_text()))
    except (OSError, ValueError):
        return None
    if process is None:
        return None
    units = tuple(unit for unit in active_units() if unit not in before)
    record = Record(process=process, units=units)
    make_state(place)
    record.save(place.record)
    return record


def _spawn(place: Place, *, tied: bool) -> subprocess.Popen[bytes]:
    command = [*place.inside, find_program(ENGINE_NAME) or ENGINE_NAME, *place.options]
    if tied:
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    with place.log.open("wb") as log:
        return subprocess.Popen(
            ["sh", "-c", _AFTER_RECORD, "sh", *command],
            env={**os.environ, "PATH": SBIN},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches us alone; we then stop it in order
        )


def _wait(place: Place, process: subprocess.Popen[bytes]) -> None:
    api = EngineApi(socket=place.socket)
    deadline = time.monotonic() + READY_SECONDS
    while api.ask() is not Answer.ANSWERS:
        code = process.poll()
        late = time.monotonic() > deadline
        if code is not None or late:
            ended = f"ended with exit code {code}" if code is not None else "is not ready after"
            lines = place.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            raise UserError(
                what=f"{ENGINE_NAME} {ended}{f' {READY_SECONDS:g} s' if code is None else ''}",
                where=str(place.log),
                fix="its last words:\n" + "\n".join(lines),
            )
        time.sleep(_POLL_SECONDS)


def _sweep(place: Place, pid: int) -> None:
    """What a killed engine leaves, which one that stopped in order does not."""
    kill_mentioning(place.exec_root / "containerd")
    try:
        if int(place.pid_file.read_text()) == pid:
            place.pid_file.unlink()
    except (OSError, ValueError):
        pass
    if EngineApi(socket=place.socket).ask() is Answer.ABSENT:
        place.socket.unlink(missing_ok=True)
