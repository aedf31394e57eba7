"""Tests in several processes: how many, who runs what, and what is made once for all of them.

A file's tests stay together, because what they share is made once per process. The longest files
come first, the thousands of short tests last, so that all processes end at about the same time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

WORKER = "PYTEST_XDIST_WORKER"
"""Environment variable of a process that runs a share of the tests."""
LONGEST = (
    "tests/pipeline/test_interruption.py",  # needs nothing that another one has to make first
    "tests/pipeline/test_golden.py",
    "tests/acceptance/test_container_pipeline.py",
    "tests/acceptance/test_demo_red.py",
    "tests/pipeline/test_base.py",
    "tests/pipeline/test_workflows.py",
    "tests/pipeline/test_two_pull_requests.py",
    "tests/pipeline/test_main_line.py",
)
"""The files that take longest, in this order; docs/testing.md says how to see that."""
ONE_BY_ONE = ("tests/pipeline/test_main_line.py",)
"""Long files whose tests share nothing but what is made once for all processes."""
SAME_IMAGE = (
    "tests/acceptance/test_container.py",
    "tests/acceptance/test_container_answers.py",
    "tests/acceptance/test_container_images.py",
)
"""Files that use the same images of the engine, one of them to take its name away."""
_LONG_ROOMS = ("tests/pipeline/", "tests/acceptance/")
_MOST = 8  # the longest file takes as long as an eighth of all tests
_WORKER_BYTES = 2 * 2**30  # a process of pytest with torch, and a stage with torch below it


def number_of_workers() -> int:
    """One per core that we may use, as far as there is memory for them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    room = psutil.virtual_memory().available // _WORKER_BYTES
    return max(1, min(cores or 1, room, _MOST))


def share_cores() -> None:
    """In each of several processes: as many compute threads as leave a core to every process."""
    if WORKER in os.environ:
        workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        threads = max(1, (os.cpu_count() or 1) // workers)
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))


def in_order(files: Sequence[str]) -> list[int]:
    """Positions in ``files``, one per test, in the order in which the tests are to run."""
    return sorted(range(len(files)), key=lambda index: _rank(files[index]))


def unit_of(test: str) -> str:
    """What stays in one process together with ``test``, by node id."""
    file = test.partition("::")[0]
    if file in ONE_BY_ONE:
        return test
    return SAME_IMAGE[0] if file in SAME_IMAGE else file


class Scheduler(LoadScopeScheduling):  # type: ignore[misc]
    """Hands the units out in their order, the next one to whoever is about to be done."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process to need it makes, for all of this run; not to be changed."""
    base = factory.getbasetemp()
    place = (base.parent if WORKER in os.environ else base) / name
    with FileLock(f"{place}.lock"):
        if not place.exists():
            scratch = place.with_name(f"{name}.scratch")
            shutil.rmtree(scratch, ignore_errors=True)  # of a process that failed at it
            scratch.mkdir()
            make(scratch)
            scratch.rename(place)
    return place


def _rank(file: str) -> tuple[int, int]:
    if file in LONGEST:
        return 0, LONGEST.index(file)
    return 1 if file.startswith(_LONG_ROOMS) else 2, 0
