"""Progress: a bar on a terminal once the wait is noticeable, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

T = TypeVar("T")

BAR_AFTER = 2.0  # seconds without a sign before people wonder
LINE_EVERY = 10.0  # seconds; a log is read later


def tracked(
    items: Sequence[T],
    label: str,
    *,
    console: Console | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """The items one by one; quick work stays silent."""
    with _told(label, len(items), console, clock) as tell:
        for done, item in enumerate(items):
            tell(done)
            yield item


@contextmanager
def counted(
    total: int,
    label: str,
    *,
    console: Console | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[], None]]:
    """What to call after each of ``total`` steps; quick work stays silent."""
    done = 0
    with _told(label, total, console, clock) as tell:

        def advance() -> None:
            nonlocal done
            done += 1
            tell(done)

        yield advance


@contextmanager
def _told(
    label: str, total: int, console: Console | None, clock: Callable[[], float]
) -> Iterator[Callable[[int], None]]:
    """What to tell how many steps are done."""
    console = console or Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task(label, total=total)
    started = spoke = clock()

    def tell(done: int) -> None:
        nonlocal spoke
        now = clock()
        if console.is_terminal and now - started >= BAR_AFTER:
            bar.start()
            bar.update(task, completed=done)
        elif not console.is_terminal and now - spoke >= LINE_EVERY:
            console.print(f"{label}: {done} of {total}")
            spoke = now

    try:
        yield tell
    finally:
        bar.stop()
