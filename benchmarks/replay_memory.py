"""Memory of a replay: a thousand images must not need what a thousand images weigh."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.figures import Figure, Result, ratio
from benchmarks.server import running_server
from benchmarks.workplace import Workplace

GOAL = 1.2
FEW, MANY = 100, 1000
MB = 10**6


def measure(workplace: Workplace) -> Result:
    """The same replay of few and of many images, each in a new process, against one server."""
    few, many = [], []
    with running_server(workplace) as server:
        references = {count: _reference(workplace, server.url, count) for count in (FEW, MANY)}
        for _ in range(workplace.repetitions):
            few.append(_peak(workplace, server.url, FEW, references[FEW]))
            many.append(_peak(workplace, server.url, MANY, references[MANY]))
    slopes = tuple(
        (more - less) / (MANY - FEW) * 1000 for less, more in zip(few, many, strict=True)
    )
    figures = (
        ratio(f"peak with {MANY} images ÷ with {FEW}", many, few, GOAL),
        Figure(name=f"peak with {FEW} images", values=tuple(few), unit="MB"),
        Figure(name=f"peak with {MANY} images", values=tuple(many), unit="MB"),
        Figure(name="growth per image", values=slopes, unit="KB"),
    )
    note = "golden images under new names; the replay's process, resident; the trace is written"
    return Result(name="replay_memory", figures=figures, notes=(note,))


def _reference(workplace: Workplace, url: str, count: int) -> Path:
    """The pipeline has a reference beside the replay, with as many images; here, the first one."""
    folder = workplace.folder / f"reference-{count}"
    workplace.processes.output(*_command(url, count, folder), folder=workplace.origin)
    return folder


def _peak(workplace: Workplace, url: str, count: int, reference: Path) -> float:
    folder = workplace.folder / "trace"
    command = (*_command(url, count, folder), str(reference))
    printed = workplace.processes.output(*command, folder=workplace.origin)
    workplace.remove(folder)
    return int(printed.split()[-1]) / MB


def _command(url: str, count: int, folder: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "benchmarks.one_replay", url, str(count), str(folder))
