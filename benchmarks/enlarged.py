"""A trace made as long as is wanted: its images again and again, under new names."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

from ml_ci.rung import Recorded
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter


def enlarge(trace: Trace, folder: Path, count: int) -> Trace:
    """``count`` images in ``folder``, with every rung and array that ``trace`` has of them."""
    with TraceWriter(folder, trace.header) as writer:
        for number, image in islice(enumerate(cycle(trace.images)), count):
            rungs = {
                step: Recorded(rung=rung, array=trace.array(image, step))
                for step, rung in trace.rungs(image).items()
            }
            writer.add(f"{number:06}-{image}", rungs)
    return Trace.open(folder)
