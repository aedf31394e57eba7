"""Signals as one KeyboardInterrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from ml_ci.interruption import ONE_WISH_SECONDS, SIGNALS, interruptible, when_parent_ends


def raised_by(number: signal.Signals) -> bool:
    try:
        os.kill(os.getpid(), number)
    except KeyboardInterrupt:
        return True
    return False


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_interruptible__ends_the_block(number: signal.Signals) -> None:
    with interruptible():
        assert raised_by(number)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(ONE_WISH_SECONDS - 1, False), (ONE_WISH_SECONDS + 1, True)],
    ids=["the same wish", "a new one"],
)
def test_interruptible__takes_signals_close_together_for_one(
    seconds: float, expected: bool
) -> None:
    times: Iterator[float] = iter([0.0, seconds])
    with interruptible(clock=lambda: next(times)):
        raised_by(signal.SIGINT)
        assert expected == raised_by(signal.SIGTERM)


def test_interruptible__leaves_an_ignored_signal_ignored() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            assert not raised_by(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_interruptible__gives_the_handlers_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    with interruptible():
        pass

    assert before == [signal.getsignal(number) for number in SIGNALS]


def test_when_parent_ends__acts_when_it_was_gone_before() -> None:
    acted = threading.Event()

    when_parent_ends(os.getppid() + 1, acted.set)

    assert acted.wait(5.0)


def test_when_parent_ends__acts_when_it_dies() -> None:
    """A shell starts a process that watches it, and is killed."""
    child = (
        "import os, time; from ml_ci.interruption import when_parent_ends\n"
        "when_parent_ends(os.getppid(), lambda: (print('gone', flush=True), os._exit(0)))\n"
        "print('watching', flush=True); time.sleep(60)"
    )
    script = '"$0" -c "$1" & wait'
    command = ["sh", "-c", script, sys.executable, child]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        assert "watching\n" == shell.stdout.readline()
        shell.kill()
        assert "gone\n" == shell.stdout.readline()


def test_when_starter_ends__looks_past_a_shell_that_stays() -> None:
    """As DVC starts a stage where the shell is dash: the program dies, its shell does not."""
    child = (
        "import os, time; from ml_ci.interruption import when_starter_ends\n"
        "when_starter_ends('MARK', lambda: (print('gone', flush=True), os._exit(0)))\n"
        "print('watching', flush=True); time.sleep(60)"
    )
    program = (
        "import os, subprocess, sys\n"
        "subprocess.run(['sh', '-c', '\"$0\" -c \"$1\"; exit 0', sys.executable, sys.argv[1]],"
        " env=os.environ | {'MARK': 'yes'})"
    )
    command = [sys.executable, "-c", program, child]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert "watching\n" == starter.stdout.readline()
        starter.kill()
        assert "gone\n" == starter.stdout.readline()


def test_when_starter_ends__does_not_look_beyond_the_starter() -> None:
    """`nohup dvc repro &` goes on when the shell it was started from has gone."""
    child = (
        "import os, time; from ml_ci.interruption import when_starter_ends\n"
        "when_starter_ends('MARK', lambda: (print('gone', flush=True), os._exit(0)))\n"
        "print('watching', flush=True); time.sleep(2); print('done')"
    )
    program = (
        "import os, subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', sys.argv[1]], env=os.environ | {'MARK': 'yes'})"
    )
    command = ["sh", "-c", '"$0" -c "$1" "$2"; exit 0', sys.executable, program, child]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        assert "watching\n" == shell.stdout.readline()
        shell.kill()
        assert "done\n" == shell.stdout.readline()
