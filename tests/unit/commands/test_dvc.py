"""Ending what DVC started; DVC in the checkout of another commit."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from ml_ci.commands.dvc import end, run_dvc_beside

# A parent that waits for its child, as DVC for a stage; both tell when they are ready.
FAMILY = """
import signal, subprocess, sys, time
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import time; print('child', flush=True); time.sleep(60)"
subprocess.run([sys.executable, "-c", child])
"""


def family(temper: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", FAMILY, temper], stdout=subprocess.PIPE, process_group=0
    )
    assert process.stdout is not None
    assert b"child\n" == process.stdout.readline()
    return process


@pytest.mark.parametrize(
    ("temper", "patience", "code"),
    [("obedient", 30.0, -15), ("deaf", 1.0, -9)],
    ids=["sigterm", "sigkill"],
)
def test_end__leaves_nobody_of_the_group(temper: str, patience: float, code: int) -> None:
    with family(temper) as process:
        assert process.stdout is not None
        clock = time.monotonic()
        end(process, own_group=True, seconds=patience)
        process.stdout.read()  # at its end when nobody holds the other end any more

    assert (code, True) == (process.returncode, time.monotonic() - clock < 10.0)


def test_end__of_one_process() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        end(process, own_group=False, seconds=1.0)

    assert -15 == process.returncode


def beside(folder: Path, command: str) -> Path:
    """A checkout whose only stage is ``command``, and which has an `ml_ci` of its own."""
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc/config").write_text("[core]\n    no_scm = True\n    analytics = false\n")
    (folder / "dvc.yaml").write_text(f"stages: {{only: {{cmd: {command}}}}}\n")
    (folder / "ml_ci").mkdir()
    (folder / "ml_ci/__init__.py").touch()
    (folder / "ml_ci/who.py").write_text("print('its own code', flush=True)")
    return folder


def test_run_dvc_beside__runs_the_stages_code_and_not_ours(tmp_path: Path) -> None:
    heard: list[str] = []
    folder = beside(tmp_path, f"{sys.executable} -m ml_ci.who")

    ended = run_dvc_beside(folder, ["repro", "only"], 60.0, heard.append)

    assert (0, True, True) == (
        ended.code,
        "Running stage 'only':" in heard,
        "its own code" in heard,
    )


def test_run_dvc_beside__keeps_the_last_words(tmp_path: Path) -> None:
    folder = beside(tmp_path, "date")

    ended = run_dvc_beside(folder, ["repro", "other"], 60.0, lambda _: None)

    assert (255, True) == (ended.code, "'other'" in ended.last_words), ended


def at_work(folder: Path) -> list[str]:
    """Living processes in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder.resolve()) and process.status() != "zombie":
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def test_run_dvc_beside__ends_what_takes_too_long(tmp_path: Path) -> None:
    folder = beside(tmp_path, "sleep 60")
    clock = time.monotonic()

    ended = run_dvc_beside(folder, ["repro"], 3.0, lambda _: None)

    assert (None, [], True) == (ended.code, at_work(folder), time.monotonic() - clock < 30.0)


def test_run_dvc_beside__ends_with_an_interruption(tmp_path: Path) -> None:
    folder = beside(tmp_path, "sleep 60")

    def heard(line: str) -> None:
        if "Running stage" in line:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_dvc_beside(folder, ["repro"], 60.0, heard)

    assert [] == at_work(folder)
