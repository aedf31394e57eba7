"""A fresh process of this program: nothing that was set, cached or seeded here is there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

R = TypeVar("R")


def in_fresh_process(function: Callable[[], R]) -> R:
    """What ``function`` returns there; it and its result have to be picklable."""
    # spawn: a fork would take everything in memory along
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(function).result()
