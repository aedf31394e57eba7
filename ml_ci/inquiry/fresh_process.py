"""A fresh process of this program: nothing that was set, cached or seeded here is there."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination
from ml_ci.inquiry.way import Answer, P, Way

R = TypeVar("R")


def fresh_answers(
    make: Callable[[], Way[P]], chosen: Sequence[Chosen[P]], class_names: tuple[str, ...]
) -> dict[str, Answer]:
    """What the way that ``make`` makes there answers: see ``Examination.ask_again``.

    ``make`` and the pictures have to be picklable.
    """
    return in_fresh_process(partial(_answers, make, chosen, class_names))


def in_fresh_process(function: Callable[[], R]) -> R:
    """What ``function`` returns there; it and its result have to be picklable."""
    # spawn: a fork would take everything in memory along
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(function).result()


def _answers(
    make: Callable[[], Way[P]], chosen: Sequence[Chosen[P]], class_names: tuple[str, ...]
) -> dict[str, Answer]:
    """Runs in the fresh process."""
    examination = Examination(
        way=make(), chosen=chosen, class_names=class_names, repeats=1, concurrency=None
    )
    return asyncio.run(examination.ask_again())
