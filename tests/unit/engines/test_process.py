"""A server process: its log, its end, and that it never outlives whoever started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ml_ci.engines.log import LOG_LINES
from ml_ci.engines.process import ServerProcess

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
SILENT = "import time; time.sleep(60)"  # writes to no pipe, so a broken one cannot end it
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
Start = Callable[[str], ServerProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a Python program as a server; stopped after the test."""
    servers: list[ServerProcess] = []

    def begin(program: str) -> ServerProcess:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = ServerProcess.start(
                [sys.executable, "-c", program],
                folder=tmp_path,
                variables={"GREETING": "hello"},
                listening=listening,
                stop_seconds=0.3,
            )
        servers.append(server)
        return server

    yield begin
    for server in servers:
        server.stop()


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/status")  # Linux only; tells a zombie from a process
    return not status.exists() or "\nState:\tZ" not in status.read_text()


def finished(server: ServerProcess) -> ServerProcess:
    assert eventually(lambda: server.ending() is not None)
    return server


def test_log_tail__has_stdout_and_stderr(start: Start) -> None:
    server = start("import sys; print('out', flush=True); print('err', file=sys.stderr)")
    assert finished(server).log_tail() == ("out", "err")


def test_log_tail__is_bounded(start: Start) -> None:
    server = finished(start("print('x' * 5000); [print(n) for n in range(1000)]"))
    assert server.log_tail() == tuple(str(n) for n in range(1000 - LOG_LINES, 1000))


def test_log_tail__cuts_long_lines(start: Start) -> None:
    assert max(map(len, finished(start("print('x' * 5000)")).log_tail())) == 1000


def test_start__gives_the_variables_and_little_else(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    server = start("import os; print(os.environ['GREETING'], 'PYTHONPATH' in os.environ)")
    assert finished(server).log_tail() == ("hello False",)


def test_stop__asks_first(start: Start) -> None:
    server = start(SLEEP)
    assert eventually(lambda: server.log_tail() == ("up",))
    server.stop()
    assert server.exit_code == -signal.SIGTERM


def test_stop__kills_what_does_not_listen(start: Start) -> None:
    server = start(DEAF)
    assert eventually(lambda: server.log_tail() == ("up",))
    server.stop()
    assert server.exit_code == -signal.SIGKILL


def test_stop__ends_the_children_too(start: Start) -> None:
    program = f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {DEAF!r}]); "
    server = start(program + "print(c.pid, flush=True); c.wait()")
    assert eventually(lambda: "up" in server.log_tail() and len(server.log_tail()) == 2)
    child = int(next(line for line in server.log_tail() if line.isdecimal()))
    server.stop()
    assert eventually(lambda: not is_running(child))


def test_stop__twice_does_nothing(start: Start) -> None:
    server = start(SLEEP)
    server.stop()
    server.stop()
    assert server.ending() is not None


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")
def test_start__ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import socket, sys, time; from pathlib import Path; "
        "from ml_ci.engines.process import ServerProcess; "
        f"s = ServerProcess.start([sys.executable, '-c', {SILENT!r}], folder=Path('.'), "
        "variables={}, listening=socket.create_server(('127.0.0.1', 0)), stop_seconds=1); "
        "print(s.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        running = is_running(server)
        parent.kill()
    assert (running, eventually(lambda: not is_running(server))) == (True, True)


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        pytest.param("raise SystemExit(3)", "ended with exit code 3", id="exit"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL", id="signal"),
    ],
)
def test_ending__says_how(program: str, ending: str, start: Start) -> None:
    assert ending == finished(start(program)).ending()


def test_ending__of_a_running_server_is_none(start: Start) -> None:
    assert start(SLEEP).ending() is None
