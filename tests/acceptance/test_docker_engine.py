"""`scripts/docker_engine.py` with a real dockerd of its own, apart from the machine's."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from scripts.engine.api import Answer, EngineApi
from scripts.engine.base_image import STAND_IN
from scripts.engine.daemon import halt
from scripts.engine.packages import ENGINE_PROGRAMS, missing_packages
from scripts.engine.place import ROOT, Place, Record, apart, remove_state

SCRIPT = ROOT / "scripts" / "docker_engine.py"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or bool(missing_packages(ENGINE_PROGRAMS)),
    reason="only root can start a dockerd, and it has to be installed",
)


def archive() -> bytes:
    """The file system of an image that nobody runs."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    return memory.getvalue()


@contextmanager
def foreign_engine(place: Place) -> Iterator[EngineApi]:
    """An engine that the script did not start."""
    api = EngineApi(socket=place.socket)
    quiet = subprocess.DEVNULL
    command = [*place.inside, "dockerd", *place.options]
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as dockerd:
        try:
            while api.ask() is not Answer.ANSWERS:
                assert dockerd.poll() is None
                time.sleep(0.05)
            yield api
        finally:
            dockerd.terminate()


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """An engine's folder that already holds a base image, so that no test makes a Debian."""
    folder = Path(tempfile.mkdtemp(prefix="ml-ci-"))  # short: a socket's path has a limit
    here = apart(folder)
    with foreign_engine(here) as api:
        assert api.load([archive()], name=STAND_IN, changes=()) is None
    yield here
    halt(here)
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def nothing_left(place: Place) -> Iterator[None]:
    """Whatever a test does, the next one finds no engine."""
    yield
    halt(place)
    remove_state(place)


def command(place: Place, *words: str) -> list[str]:
    """The script, as it is typed."""
    return [sys.executable, str(SCRIPT), "--root", str(place.socket.parent), *words]


def call(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    """The script's exit code and output."""
    return subprocess.run(
        command(place, *words), capture_output=True, text=True, timeout=120, check=False
    )


def is_up(place: Place) -> bool:
    """Whether the engine answers."""
    return EngineApi(socket=place.socket).ask() is Answer.ANSWERS


def traces(place: Place) -> set[str]:
    """What lies in the folder beside the engine's own data."""
    return {file.name for file in place.socket.parent.iterdir()} - {"data", "exec"}


def mentioning(folder: Path) -> list[str]:
    """Processes whose command line names the folder."""
    listed = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


def wait_for(file: Path) -> None:
    """Until it is there and written."""
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_up__starts_once_and_down_stops_it(place: Place) -> None:
    first, second = call(place, "up"), call(place, "up")
    assert (0, 0) == (first.returncode, second.returncode)
    assert "starting dockerd" in first.stdout
    assert "starting dockerd" not in second.stdout
    assert is_up(place)
    assert "stopped dockerd" in call(place, "down").stdout
    assert not is_up(place)
    assert set() == traces(place)
    assert [] == mentioning(place.socket.parent)
    assert "nothing to stop" in call(place, "down").stdout


def interfaces() -> list[str]:
    """Of the machine, without those of containers, which come and go with other tests'."""
    found = [interface.name for interface in Path("/sys/class/net").iterdir()]
    return sorted(name for name in found if not name.startswith("veth"))


def test_up__apart_leaves_the_network_of_the_machine(place: Place) -> None:
    before = interfaces()  # docker0 among them, if there is one
    assert 0 == call(place, "run", "--", "true").returncode
    assert before == interfaces()


def test_up__leaves_an_engine_that_was_there(place: Place) -> None:
    with foreign_engine(place):
        assert "it is not ours" in call(place, "up").stdout
        assert 0 == call(place, "run", "--", "true").returncode
        assert "nothing to stop" in call(place, "down").stdout
        assert is_up(place)


def test_up__after_the_engine_was_killed(place: Place) -> None:
    call(place, "up")
    record = Record.read(place.record)
    assert record is not None
    os.kill(record.process.pid, signal.SIGTERM)
    while is_up(place):
        time.sleep(0.05)
    place.pid_file.write_text("1")  # an id that is another process's now
    assert 0 == call(place, "up").returncode
    assert is_up(place)


@pytest.mark.parametrize("code", [0, 7])
def test_run__ends_as_the_command_and_leaves_nothing(place: Place, code: int) -> None:
    ended = call(place, "run", "--", "sh", "-c", f"test -S {place.socket} && exit {code}")
    assert code == ended.returncode
    assert not is_up(place)
    assert set() == traces(place)
    assert [] == mentioning(place.socket.parent)


def test_run__keeps_an_engine_that_was_up(place: Place) -> None:
    call(place, "up")
    assert 0 == call(place, "run", "--", "true").returncode
    assert is_up(place)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"]
)
def test_run__interrupted(place: Place, tmp_path: Path, number: int, code: int) -> None:
    # A shell that waits for a program: both have to end
    words = ["run", "--", "sh", "-c", f"echo on > {tmp_path}/on; sleep 61; touch {tmp_path}/late"]
    with subprocess.Popen(command(place, *words), start_new_session=True) as running:
        wait_for(tmp_path / "on")
        running.send_signal(number)
        assert code == running.wait(60)
    assert not is_up(place)
    assert set() == traces(place)
    assert [] == mentioning(place.socket.parent)
    assert [] == mentioning(tmp_path)


def test_run__killed_takes_the_engine_along(place: Place, tmp_path: Path) -> None:
    words = ["run", "--", "sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60"]
    with subprocess.Popen(command(place, *words), start_new_session=True) as running:
        wait_for(tmp_path / "pid")
        running.kill()
    deadline = time.monotonic() + 30
    while is_up(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert not is_up(place)


def test_load__an_archive_that_breaks_off_leaves_no_image(place: Place) -> None:
    def broken() -> Iterator[bytes]:
        yield archive()[:600]
        raise UserError(what="mmdebstrap failed", where="here", fix="none")

    with foreign_engine(place) as api:
        with pytest.raises(UserError, match="mmdebstrap failed"):
            api.load(broken(), name="ml-ci-broken:1", changes=())
        assert api.image_bytes("ml-ci-broken:1") is None


def test_pull__says_why_not(place: Place) -> None:
    with foreign_engine(place) as api:
        problem = api.pull("registry.invalid/nothing:1")
    assert problem is not None
    assert "registry.invalid" in problem
