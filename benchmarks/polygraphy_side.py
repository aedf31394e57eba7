"""Polygraphy's comparator on the arrays of two traces, in an environment that has it and not us.

``python polygraphy_side.py ARRAYS STACKED``: ARRAYS holds `<side>.npz` with the arrays of all
images by rung, (N, …). They are saved as its own results first, a file per image, which is not
measured. Then it prints seconds as JSON, by what was done, for all N images.

Used as its documentation has it (`Comparator.compare_accuracy` over two runs), and in its favour:
it logs nothing, and a tolerance that nothing exceeds spares it the words about failures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from polygraphy.comparator import Comparator, L2CompareFunc, RunResults, SimpleCompareFunc
from polygraphy.logger import G_LOGGER

SIDES = ("reference", "target")
_BOTH = {"atol": 1e3, "rtol": 1e3}


def main() -> None:
    """Print the times."""
    folder, stacked = Path(sys.argv[1]), int(sys.argv[2])
    G_LOGGER.module_severity = G_LOGGER.CRITICAL
    arrays = {side: dict(np.load(folder / f"{side}.npz")) for side in SIDES}
    for side in SIDES:
        _save(folder / side, side, arrays[side])
    alone = [_run(side, arrays[side], 1) for side in SIDES]
    together = [_run(side, arrays[side], stacked) for side in SIDES]
    largest = SimpleCompareFunc(check_error_stat="max", **_BOTH)
    norm = L2CompareFunc(1e9)
    times = {
        "stored": _seconds(
            lambda: _compare([RunResults.load_streaming(str(folder / s)) for s in SIDES], largest)
        ),
        "in memory": _seconds(lambda: _compare(alone, largest)),
        "l2": _seconds(lambda: _compare(alone, norm)),
        "stacked": _seconds(lambda: _compare(together, largest)),
    }
    print(json.dumps(times))


def _save(folder: Path, side: str, arrays: dict[str, Any]) -> None:
    folder.mkdir()
    for number, result in enumerate(_run(side, arrays, 1).split()):
        result.save(str(folder / f"{number:08}.json"))


def _run(side: str, arrays: dict[str, Any], stacked: int) -> Any:
    """As it keeps what a runner put out: a dictionary of arrays per iteration."""
    count = len(next(iter(arrays.values())))
    outputs = [
        {
            rung: array[start] if stacked == 1 else array[start : start + stacked]
            for rung, array in arrays.items()
        }
        for start in range(0, count, stacked)
    ]
    results = RunResults()
    results.add(outputs, runner_name=side)
    return results


def _compare(runs: Iterable[Any], function: Any) -> None:
    if not Comparator.compare_accuracy(runs, compare_func=function):
        sys.exit("the two sides should agree")


def _seconds(work: Callable[[], None]) -> float:
    clock = time.perf_counter()
    work()
    return time.perf_counter() - clock


if __name__ == "__main__":
    main()
