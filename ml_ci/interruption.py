"""Interruption: Ctrl-C, SIGTERM and a closed terminal, all as one KeyboardInterrupt."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)
        act()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
