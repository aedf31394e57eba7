"""The reference's own invariants, asked before any target: if it fails, that is the finding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import torch

from ml_ci.artifacts.inquiry import Invariant, InvariantsRecord
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination
from ml_ci.inquiry.fresh_process import fresh_answers
from ml_ci.inquiry.way import Way
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads
from ml_ci.model.images import Image
from ml_ci.model.ways import DeviceWay, LadderWay


def reference_invariants(
    ladder: Ladder,
    make: Callable[[], Ladder],
    chosen: Sequence[Chosen[Image]],
    *,
    threads: int,
    device: torch.device,
    repeats: int,
) -> InvariantsRecord:
    """The eager ladder asked again, in other orders, in batches, and in a fresh process.

    ``make`` makes the same ladder there, from what lies on the disk, and has to be picklable.
    ``device`` is compared with the CPU unless it is the CPU. Nothing is asked at once: the ladder
    answers one question after the other.
    """
    examination = _examination(LadderWay(ladder), chosen, ladder.class_names, repeats)
    with fixed_threads(threads):
        examined = asyncio.run(examination.run())
        more = [
            examination.hold_together(
                "fresh process",
                examined.usual,
                fresh_answers(partial(_way, make, threads), chosen, ladder.class_names),
            )
        ]
        if device.type != "cpu":
            more.append(device_invariant(ladder, chosen, device))
    return examined.record.including(*more)


def device_invariant(
    ladder: Ladder, chosen: Sequence[Chosen[Image]], device: torch.device
) -> Invariant:
    """The same network on the CPU and on ``device``, every float rung from the picture on."""
    ways = (DeviceWay(ladder, place) for place in (torch.device("cpu"), device))
    here, there = (_examination(way, chosen, ladder.class_names, 1) for way in ways)
    usual, again = (asyncio.run(examination.ask_again()) for examination in (here, there))
    return here.hold_together("device", usual, again)


def _way(make: Callable[[], Ladder], threads: int) -> LadderWay:
    """Runs in the fresh process, and for it alone."""
    torch.set_num_threads(threads)
    return LadderWay(make())


def _examination(
    way: Way[Image], chosen: Sequence[Chosen[Image]], class_names: tuple[str, ...], repeats: int
) -> Examination[Image]:
    return Examination(
        way=way, chosen=chosen, class_names=class_names, repeats=repeats, concurrency=None
    )
