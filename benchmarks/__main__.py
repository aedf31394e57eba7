"""The benchmarks by name: ``python -m benchmarks [NAME…]``; without a name all but `install`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import (
    bytes_moved,
    clone,
    compare,
    image,
    install,
    nothing_to_do,
    replay_memory,
    replay_rate,
    stages,
)
from benchmarks.figures import NotMeasured, Result
from benchmarks.machine import describe, this_commit, wait_for_quiet
from benchmarks.page import PAGE, markdown, not_measured, terminal_table, write_section
from benchmarks.workplace import ROOT, Workplace, open_workplace
from ml_ci.errors import EXIT_INTERRUPTED, EXIT_USER
from ml_ci.interruption import interruptible

BENCHMARKS: dict[str, Callable[[Workplace], Result]] = {
    "clone": clone.measure,
    "nothing_to_do": nothing_to_do.measure,
    "replay_memory": replay_memory.measure,
    "replay_rate": replay_rate.measure,
    "bytes_moved": bytes_moved.measure,
    "compare": compare.measure,
    "image": image.measure,
    "stages": stages.measure,
    "install": install.measure,
}
ONLY_BY_NAME = {"install"}  # minutes, and the network


def benchmark(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of: {', '.join(BENCHMARKS)}.", metavar="[NAME]...")
    ] = None,
    repetitions: Annotated[int, typer.Option(min=1, help="Of each act, in turn.")] = 3,
    write: Annotated[bool, typer.Option(help=f"Put the figures into {PAGE}.")] = True,
) -> None:
    """Measure, print, and write down what was measured."""
    console = Console(stderr=True)
    unknown = sorted(set(names or ()) - BENCHMARKS.keys())
    if unknown:
        raise typer.BadParameter(f"there is no benchmark {', '.join(unknown)}")
    os.chdir(ROOT)
    chosen = names or [name for name in BENCHMARKS if name not in ONLY_BY_NAME]

    def say(line: str) -> None:
        console.print(line, style="dim", markup=False, highlight=False)

    commit = this_commit()
    with open_workplace(repetitions, say) as workplace:
        done = [_one(name, workplace, commit, write=write) for name in chosen]
    if not all(done):
        raise typer.Exit(EXIT_USER)


def _one(name: str, workplace: Workplace, commit: str, *, write: bool) -> bool:
    """Whether it came to a result; one that fails keeps nobody else from being measured."""
    workplace.say(f"── {name}")
    load = wait_for_quiet()
    workplace.say(load)
    machine = describe(commit, load)
    try:
        result = BENCHMARKS[name](workplace)
    except NotMeasured as reason:
        print(f"{name}: not measured: {reason}")
        content = not_measured(str(reason), machine)
    except RuntimeError as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return False
    else:
        Console(width=120).print(terminal_table(result), *result.notes, sep="\n", highlight=False)
        content = markdown(result, machine)
    if write:
        write_section(ROOT, name, content)
    return True


if __name__ == "__main__":
    try:
        with interruptible():
            typer.run(benchmark)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
