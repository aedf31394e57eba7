"""Our server as a process, for benchmarks that send it something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir, contextmanager

from benchmarks.workplace import ROOT, Workplace
from ml_ci.artifacts import paths
from ml_ci.engines.process import ProcessEngine, ServerProcess
from ml_ci.params.container import ContainerSettings
from ml_ci.params.reading import read_section


@contextmanager
def running_server(workplace: Workplace) -> Iterator[ServerProcess]:
    """That of the finished checkout, which is the working directory meanwhile."""
    with chdir(workplace.origin):
        settings = read_section(ContainerSettings)
        engine = ProcessEngine(
            environments=ROOT / paths.STATE / "serving-env",
            ready_seconds=settings.ready_seconds,
            stop_seconds=settings.stop_seconds,
        )
        with engine.running(paths.BUILD_CONTEXT) as server:
            yield server
