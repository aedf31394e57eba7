"""The `process` engine: the server from a virtual environment of its own, without a container."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ml_ci.engines.context import LOCK_IN_CONTEXT, MODELS_IN_CONTEXT, SETTINGS_IN_CONTEXT
from ml_ci.engines.virtual_environment import ServingEnvironment
from ml_ci.targets.engine import StartError

HOST = "127.0.0.1"
LOG_LINES = 200
LOG_LINE_BYTES = 1000
_POLL_SECONDS = 0.05
# Linux: has the kernel end the server when we are killed and cannot do it ourselves (prctl's
# PR_SET_PDEATHSIG is 1, SIGKILL is 9), then becomes the server. A program of its own, because
# Popen's preexec_fn is not safe in a process with threads.
_DIE_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, kw_only=True)
class ProcessEngine:
    """Runs ``python -m ml_ci.serving`` in a build context."""

    environments: Path
    """Folder for virtual environments, kept between runs."""
    ready_seconds: float
    stop_seconds: float
    trace: bool = True
    """Whether the trace routes exist."""

    @property
    def name(self) -> str:
        """As in params.yaml."""
        return "process"

    def prepare(self, context: Path) -> None:
        """Make the virtual environment of the context. Raises UserError."""
        self._environment(context).make()

    @contextmanager
    def running(self, context: Path) -> Iterator[ServerProcess]:
        """The started, ready server; always stopped at the end. Raises StartError, UserError."""
        python = self._environment(context).make()
        port = _free_port()
        # -E -s: nothing but the environment's own packages; -B: no compiled files in the context
        command = [str(python), "-E", "-s", "-B", "-u", "-m", "ml_ci.serving"]
        command += ["--models", MODELS_IN_CONTEXT, "--settings", SETTINGS_IN_CONTEXT]
        command += ["--host", HOST, "--port", str(port)]
        server = ServerProcess.start(
            command,
            folder=context,
            variables={"ML_CI_TRACE": "on" if self.trace else "off"},
            port=port,
            stop_seconds=self.stop_seconds,
        )
        try:
            wait_until_ready(server, self.ready_seconds)
            yield server
        finally:
            server.stop()

    def _environment(self, context: Path) -> ServingEnvironment:
        return ServingEnvironment(home=self.environments, lock=context / LOCK_IN_CONTEXT)


class ServerProcess:
    """One started server: its process group, its address and the end of its log."""

    def __init__(self, process: subprocess.Popen[bytes], *, port: int, stop_seconds: float) -> None:
        self._process = process
        self._port = port
        self._stop_seconds = stop_seconds
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._reader = threading.Thread(target=self._read_log, name="server log", daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls,
        command: list[str],
        *,
        folder: Path,
        variables: dict[str, str],
        port: int,
        stop_seconds: float,
    ) -> ServerProcess:
        """Start ``command`` in ``folder`` with ``variables`` and PATH, HOME and locale only."""
        inherited = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
        process = subprocess.Popen(
            _tied_to_us(command),
            cwd=folder,
            env={key: os.environ[key] for key in inherited & os.environ.keys()} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we then stop it in order
        )
        return cls(process, port=port, stop_seconds=stop_seconds)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """Process id, which is that of its process group too."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the number of the signal that ended it."""
        return self._process.poll()

    def is_alive(self) -> bool:
        """Whether it is still running."""
        return self.exit_code is None

    def log_tail(self) -> tuple[str, ...]:
        """The last lines it logged, at most LOG_LINES."""
        if not self.is_alive():
            self._reader.join(timeout=1.0)  # its last words may still be in the pipe
        return tuple(self._lines)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL to its process group after ``stop_seconds``."""
        if self.is_alive():
            _signal_group(self.pid, signal.SIGTERM)
        try:
            self._process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _signal_group(self.pid, signal.SIGKILL)  # whatever it left behind, too
            self._process.wait()
            self._reader.join(timeout=1.0)

    def _read_log(self) -> None:
        stream: IO[bytes] | None = self._process.stdout
        if stream is None:
            return
        with stream:
            while line := stream.readline(LOG_LINE_BYTES):
                self._lines.append(line.decode("utf-8", errors="replace").rstrip())


def wait_until_ready(server: ServerProcess, seconds: float) -> None:
    """Return once ``/healthz`` answers. Raises StartError when it ends or ``seconds`` are over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not server.is_alive():
            raise StartError(
                f"the server ended with exit code {server.exit_code} before it was ready",
                log_tail=server.log_tail(),
            )
        if _answers(server.url):
            return
        time.sleep(_POLL_SECONDS)
    raise StartError(f"the server was not ready after {seconds:g} s", log_tail=server.log_tail())


def _answers(url: str) -> bool:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=1.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # gone already; macOS says the latter
        return


def _tied_to_us(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [command[0], "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]
