"""A fresh process of this program: nothing that was set, cached or seeded here is there."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TypeVar

from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination
from ml_ci.inquiry.way import Answer, NoAnswerError, P, Way
from ml_ci.interruption import when_parent_ends

R = TypeVar("R")


def fresh_answers(
    make: Callable[[], Way[P]], chosen: Sequence[Chosen[P]], class_names: tuple[str, ...]
) -> dict[str, Answer]:
    """What the way that ``make`` makes there answers: see ``Examination.ask_again``.

    ``make`` and the pictures have to be picklable; ``make`` may raise NoAnswerError. Nothing is
    answered either when the process is killed, for the memory it takes for example.
    """
    try:
        return in_fresh_process(partial(_answers, make, chosen, class_names))
    except BrokenProcessPool:
        return _unanswered(chosen, NoAnswerError("the fresh process ended before it had answered"))


def in_fresh_process(function: Callable[[], R]) -> R:
    """What ``function`` returns there; it and its result have to be picklable."""
    # spawn: a fork would take everything in memory along
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(_tied, os.getpid(), function).result()


def _tied(parent: int, function: Callable[[], R]) -> R:
    """Runs in the fresh process, which would wait for more for ever once we are killed."""
    when_parent_ends(parent, lambda: os._exit(1))
    return function()


def _answers(
    make: Callable[[], Way[P]], chosen: Sequence[Chosen[P]], class_names: tuple[str, ...]
) -> dict[str, Answer]:
    """Runs in the fresh process."""
    try:
        way = make()
    except NoAnswerError as failure:
        return _unanswered(chosen, failure)
    examination = Examination(
        way=way, chosen=chosen, class_names=class_names, repeats=1, concurrency=None
    )
    return asyncio.run(examination.ask_again())


def _unanswered(chosen: Sequence[Chosen[P]], failure: NoAnswerError) -> dict[str, Answer]:
    return {one.name: failure for one in chosen}
