"""Ending what DVC started."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ml_ci.commands.dvc import end

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
