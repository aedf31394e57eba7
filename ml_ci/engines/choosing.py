"""The choice of an engine, as params.yaml makes it."""

from __future__ import annotations

from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.engines.process import ProcessEngine
from ml_ci.params.container import ContainerSettings
from ml_ci.targets.engine import Engine


def choose_engine(settings: ContainerSettings, *, state: Path = paths.STATE) -> Engine:
    """The engine of ``container.engine``; what it keeps between runs lies below ``state``."""
    return ProcessEngine(
        environments=state / "serving-env",
        ready_seconds=settings.ready_seconds,
        stop_seconds=settings.stop_seconds,
    )
