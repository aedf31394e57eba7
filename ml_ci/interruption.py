"""Interruption: Ctrl-C, SIGTERM and a closed terminal, all as one KeyboardInterrupt."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A terminal and whoever started us may both pass one wish on; and what was opened has to be closed
# without being interrupted again. Stopping a server takes up to `container.stop_seconds`.
ONE_WISH_SECONDS = 10.0
_POLL_SECONDS = 0.5


@contextmanager
def interruptible(clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Any of SIGNALS ends the block the way Ctrl-C does, so that everything it opened is closed.

    Further signals within ONE_WISH_SECONDS are the same wish. A signal that is ignored here, as in
    a shell's background job or under nohup, stays ignored. For the main thread only.
    """
    asked: list[float] = []

    def interrupt(_number: int, _frame: object) -> None:
        now = clock()
        if asked and now - asked[-1] < ONE_WISH_SECONDS:
            return
        asked.append(now)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def when_parent_ends(parent: int, act: Callable[[], None]) -> None:
    """Call ``act`` once, in a thread of its own, when ``parent`` is not our parent any more.

    A program that dies of a signal tells nobody; what it started would go on without it.
    """
    _once(lambda: os.getppid() != parent, act)


def when_starter_ends(mark: str, act: Callable[[], None]) -> None:
    """As ``when_parent_ends``, for the program that set the environment variable ``mark`` for us.

    That is our nearest ancestor without it; a shell in between has it, and lives on when the
    program dies (dash; bash makes way for the last command).
    """
    line = [psutil.Process()]
    for ancestor in line[0].parents():
        line.append(ancestor)
        if not _has(ancestor, mark):
            break
    _once(lambda: not _is_unbroken(line), act)


def _once(happened: Callable[[], bool], act: Callable[[], None]) -> None:
    def watch() -> None:
        while not happened():
            time.sleep(_POLL_SECONDS)
        act()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _has(process: psutil.Process, variable: str) -> bool:
    try:
        return variable in process.environ()
    except psutil.Error:  # another user's, so it is not what DVC started
        return False


def _is_unbroken(line: list[psutil.Process]) -> bool:
    """Whether every process is still the child of the next; orphans get another parent."""
    try:
        return all(child.ppid() == parent.pid for child, parent in pairwise(line))
    except psutil.Error:
        return False


@contextmanager
def postponed() -> Iterator[None]:
    """SIGNALS that arrive in the block are handled after it: for what must not be left half done
    and takes a moment. Outside the main thread nothing arrives anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []

    def remember(number: int, _frame: object) -> None:
        arrived.append(number)

    before = {number: signal.signal(number, remember) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if arrived:
        signal.raise_signal(arrived[0])
