"""One replay in a process of its own, which says how long it took and its memory at most.

``python -m benchmarks.one_replay URL COUNT FOLDER [REFERENCE]``, in a finished checkout: the golden
images under COUNT names are sent to the server at URL, the trace goes to FOLDER, compared as it
comes with the trace in REFERENCE.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.memory import peak_bytes
from ml_ci.artifacts import paths
from ml_ci.data.samples import read_golden
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayJob, replay
from ml_ci.targets.routes import routes_of_model
from ml_ci.trace.reading import Trace


@dataclass(frozen=True, kw_only=True)
class ElsewhereServer:
    """A ``RunningServer`` that somebody else watches."""

    url: str

    def ending(self) -> str | None:
        """Never, as far as this process knows."""
        return None

    def log_tail(self) -> tuple[str, ...]:
        """Whoever started it has it."""
        return ()


def main() -> None:
    """Print seconds and the peak in bytes; every image must have been answered."""
    url, count, folder, *reference = sys.argv[1:]
    samples = islice(enumerate(cycle(read_golden(paths.GOLDEN))), int(count))
    sources = [
        Source(name=f"{number:05}-{sample.name}", read=sample.path.read_bytes)
        for number, sample in samples
    ]
    job = ReplayJob(
        target="benchmark",
        receipt="",
        routes=routes_of_model(read_section(ModelSettings).name),
        settings=read_section(ReplaySettings),
        reference=Trace.open(Path(reference[0])) if reference else None,
    )
    clock = time.perf_counter()
    result = replay(ElsewhereServer(url=url), sources, Path(folder), job)
    seconds = time.perf_counter() - clock
    if result.failures:
        sys.exit(f"{len(result.failures)} images failed: {next(iter(result.failures.values()))}")
    print(seconds, peak_bytes())


if __name__ == "__main__":
    main()
