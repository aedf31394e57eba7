"""DVC of this environment, whatever the PATH says; it ends when we are asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import IO

import ml_ci
from ml_ci.base.measuring import Ended
from ml_ci.stages.turn import RUN_VARIABLE

# After SIGTERM: a stage stops its server (`container.stop_seconds`) and takes its scratch away.
END_SECONDS = 20.0
_LAST_LINES = 3  # DVC says what was wrong last, with a remedy behind it
_POLL_SECONDS = 0.05
# Our way of ending DVC, whatever `ml_ci` the folder has; the stages that it starts get the folder's
_OUR_DVC = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from ml_ci.commands.interruptible_dvc import main
sys.path.pop(0)
sys.exit(main())
"""


def run_dvc(*arguments: str) -> int:
    """Run a command of DVC with its output shown; returns its exit code.

    An exception while it runs, KeyboardInterrupt above all, ends it and everything it started
    before it goes on.
    """
    command = [sys.executable, "-m", "ml_ci.commands.interruptible_dvc", *arguments]
    # A group of its own, so that a signal reaches its stages, and Ctrl-C reaches us alone. These
    # start nothing but may ask the terminal for a password, which only its own group can.
    group = None if arguments[0] in ("pull", "push") else 0
    process = subprocess.Popen(command, env=_variables(), process_group=group)
    try:
        return process.wait()
    except BaseException:
        end(process, own_group=group is not None)
        raise


def run_dvc_beside(
    folder: Path, arguments: Sequence[str], seconds: float, heard: Callable[[str], None]
) -> Ended:
    """Run a command of DVC in the checkout of another commit, whose own stages then run.

    Every line it prints goes to ``heard``. After ``seconds``, or on an exception, it and everything
    it started are ended.
    """
    ours = str(Path(ml_ci.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", _OUR_DVC, ours, *arguments],
        cwd=folder,
        # Wide, because DVC breaks its messages into lines
        env={**_variables(), "PYTHONPATH": str(folder), "COLUMNS": "1000"},
        stdin=subprocess.DEVNULL,  # nobody is asked for a password
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    lines: deque[str] = deque(maxlen=_LAST_LINES)
    reader = Thread(target=_read, args=(process.stdout, lines, heard), daemon=True)
    reader.start()
    code: int | None = None
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        end(process, own_group=True)
    except BaseException:
        end(process, own_group=True)
        raise
    finally:
        reader.join(END_SECONDS)  # nobody of the group is left to hold the other end
    return Ended(code=code, last_words=" ".join(lines))


def dvc_is_current() -> bool:
    """Whether every stage's inputs and outputs are as dvc.lock has them."""
    return run_dvc("status", "--quiet") == 0


def end(process: subprocess.Popen[bytes], *, own_group: bool, seconds: float = END_SECONDS) -> None:
    """SIGTERM, then SIGKILL after ``seconds``; returns when nothing of it is left.

    With ``own_group`` the process leads a group, and all of the group ends.
    """
    deadline = time.monotonic() + seconds
    _signal(process, own_group, signal.SIGTERM)
    while _signal(process, own_group, None) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    _signal(process, own_group, signal.SIGKILL)
    process.wait()


def _variables() -> dict[str, str]:
    bin_folder = Path(sys.executable).parent
    # Stages say `python`: it has to be this one too
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, RUN_VARIABLE: str(os.getpid())}


def _read(output: IO[bytes], lines: deque[str], heard: Callable[[str], None]) -> None:
    with output:
        for line in output:
            text = line.decode("utf-8", "replace").strip()
            if text:
                lines.append(text)
                heard(text)


def _signal(
    process: subprocess.Popen[bytes], own_group: bool, number: signal.Signals | None
) -> bool:
    """Signal the process or its group; whether there was anything to signal. None only asks."""
    process.poll()  # one that has ended counts until it is asked for its exit code
    try:
        if own_group:
            os.killpg(process.pid, number or 0)
        elif process.returncode is None:
            os.kill(process.pid, number or 0)
        else:
            return False
    except (ProcessLookupError, PermissionError):  # gone already; macOS says the latter
        return False
    return True
