"""Where an engine and the record of it lie."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ml_ci.errors import UserError
from scripts.engine.processes import ProcessIdentity

ROOT = Path(__file__).resolve().parent.parent.parent
ENGINE_NAME = "dockerd"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The folders and files of one engine."""

    state: Path
    """Record, logs and scratch of `up`; removed by `down`."""
    socket: Path
    pid_file: Path
    exec_root: Path
    """Where it keeps what runs: its containerd, sockets, network name spaces."""
    options: tuple[str, ...] = ()
    """For dockerd, beyond its defaults."""
    inside: tuple[str, ...] = ()
    """The command that dockerd is started by, if it is not to see all of the machine."""

    @property
    def record(self) -> Path:
        """Which engine `up` started."""
        return self.state / "engine.json"

    @property
    def log(self) -> Path:
        """What dockerd says."""
        return self.state / "dockerd.log"

    @property
    def scratch(self) -> Path:
        """Where mmdebstrap works."""
        return self.state / "scratch"


def machine(socket: Path) -> Place:
    """The machine's own engine, where every Docker client looks for it."""
    return Place(
        state=ROOT / ".ml-ci" / "engine",
        socket=socket,
        pid_file=Path("/var/run/docker.pid"),
        exec_root=Path("/var/run/docker"),
    )


def apart(folder: Path) -> Place:
    """An engine of its own below ``folder``, without a network: for tests and rehearsals."""
    folder = folder.absolute()
    socket, pid_file, exec_root = folder / "docker.sock", folder / "docker.pid", folder / "exec"
    return Place(
        state=folder / "state",
        socket=socket,
        pid_file=pid_file,
        exec_root=exec_root,
        # An engine without a bridge removes docker0, that of the machine's own engine; in a name
        # space of its own it finds none.
        inside=("unshare", "--net"),
        options=(
            *("--host", f"unix://{socket}", "--pidfile", str(pid_file)),
            *("--exec-root", str(exec_root), "--data-root", str(folder / "data")),
            *("--bridge", "none", "--iptables=false"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Record:
    """The engine that `up` started, as the next command finds it."""

    process: ProcessIdentity
    units: tuple[str, ...] = ()
    """Services of systemd that came with the package and run it."""

    def save(self, file: Path) -> None:
        """All or nothing."""
        content = {"pid": self.process.pid, "started": self.process.started, "units": self.units}
        scratch = file.with_suffix(".new")
        scratch.write_text(json.dumps(content), encoding="utf-8")
        scratch.replace(file)

    @classmethod
    def read(cls, file: Path) -> Record | None:
        """None when nothing was started, or what stands there is not a record."""
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            process = ProcessIdentity(pid=int(content["pid"]), started=int(content["started"]))
            return cls(process=process, units=tuple(str(unit) for unit in content["units"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """One `up` or `down` at a time; the lock is on the folder around the state and leaves nothing.

    Raises UserError while another one is at it.
    """
    folder = place.state.parent
    try:
        _make_folder(folder)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UserError(
            what=f"the engine's record cannot be kept: {error.strerror}",
            where=str(folder),
            fix="work in a clone that is yours, or use sudo",
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                what="another scripts/docker_engine.py is at work here",
                where=str(folder),
                fix="wait until it is done",
            ) from None
        yield
    finally:
        os.close(handle)


def make_state(place: Place) -> None:
    """The state folder, before anything is started."""
    _make_folder(place.state)


def remove_state(place: Place) -> None:
    """Everything that `up` noted. The scratch folder holds no mounts: mmdebstrap has its own."""
    if place.state.exists():
        shutil.rmtree(place.state)


def _make_folder(folder: Path) -> None:
    """Of the owner of the folder it is in: under sudo, the repository stays its user's."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    owner = folder.parent.stat()
    if os.geteuid() == 0:
        os.chown(folder, owner.st_uid, owner.st_gid)
