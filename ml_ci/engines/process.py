"""The `process` engine: the server from a virtual environment of its own, without a container."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ml_ci.engines.context import LOCK_IN_CONTEXT, MODELS_IN_CONTEXT, SETTINGS_IN_CONTEXT
from ml_ci.engines.log import LOG_LINE_BYTES, LOG_LINES, shortened
from ml_ci.engines.readiness import wait_until_ready
from ml_ci.engines.virtual_environment import ServingEnvironment
from ml_ci.serving.settings import READY, TRACE_SWITCH

HOST = "127.0.0.1"
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

    def prepare(self, context: Path) -> None:
        """Make the virtual environment of the context. Raises UserError."""
        self._environment(context).make()

    @contextmanager
    def running(self, context: Path) -> Iterator[ServerProcess]:
        """The started, ready server; always stopped at the end. Raises StartError, UserError."""
        python = self._environment(context).make()
        # -E -s: nothing but the environment's own packages; -B: no compiled files in the context
        command = [str(python), "-E", "-s", "-B", "-u", "-m", "ml_ci.serving"]
        command += ["--models", MODELS_IN_CONTEXT, "--settings", SETTINGS_IN_CONTEXT]
        with socket.create_server((HOST, 0)) as listening:
            server = ServerProcess.start(
                [*command, "--fd", str(listening.fileno())],
                folder=context,
                variables={TRACE_SWITCH: "on" if self.trace else "off"},
                listening=listening,
                stop_seconds=self.stop_seconds,
            )
        try:
            wait_until_ready(server, READY, self.ready_seconds)
            yield server
        finally:
            server.stop()

    def _environment(self, context: Path) -> ServingEnvironment:
        return ServingEnvironment(home=self.environments, lock=context / LOCK_IN_CONTEXT)


class ServerProcess:
    """One started server: its process group, its address and the end of its log."""

    image = None  # there is none

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
        listening: socket.socket,
        stop_seconds: float,
    ) -> ServerProcess:
        """Start ``command`` in ``folder`` with ``variables`` and PATH, HOME and locale only.

        It inherits the ``listening`` socket: no port is free for a moment in which someone else
        could take it.
        """
        inherited = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
        process = subprocess.Popen(
            _tied_to_us(command),
            cwd=folder,
            env={key: os.environ[key] for key in inherited & os.environ.keys()} | variables,
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we then stop it in order
        )
        port: int = listening.getsockname()[1]
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

    def ending(self) -> str | None:
        """How it ended; None while it runs."""
        code = self.exit_code
        if code is None:
            return None
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def log_tail(self) -> tuple[str, ...]:
        """The last lines it logged, at most LOG_LINES."""
        if self.exit_code is not None:
            self._reader.join(timeout=1.0)  # its last words may still be in the pipe
        return tuple(self._lines)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL to its process group after ``stop_seconds``."""
        if self.exit_code is None:
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
                self._lines.append(shortened(line.decode("utf-8", errors="replace")))


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # gone already; macOS says the latter
        return


def _tied_to_us(command: list[str]) -> list[str]:
    if sys.platform != "linux":
        return command
    return [command[0], "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]
