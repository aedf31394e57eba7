"""Progress: a bar on a terminal once the wait is noticeable, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
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
    console = console or Console(stderr=True)
    bar = Progress(console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task(label, total=len(items))
    started = spoke = clock()
    try:
        for done, item in enumerate(items):
            now = clock()
            if console.is_terminal and now - started >= BAR_AFTER:
                bar.start()
                bar.update(task, completed=done)
            elif not console.is_terminal and now - spoke >= LINE_EVERY:
                console.print(f"{label}: {done} of {len(items)}")
                spoke = now
            yield item
    finally:
        bar.stop()
