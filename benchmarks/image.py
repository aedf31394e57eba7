"""The image: what it weighs beyond its base, and how soon its server answers."""

from __future__ import annotations

import time
from contextlib import chdir

from benchmarks.figures import Figure, NotMeasured, Result, seconds
from benchmarks.workplace import ROOT, Workplace
from ml_ci.artifacts import paths
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.engines.choosing import engine_of
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.process import ProcessEngine
from ml_ci.measurement import load_measurement
from ml_ci.params.container import ContainerSettings
from ml_ci.params.reading import read_section

MB = 10**6
_STARTS = 5


def measure(workplace: Workplace) -> Result:
    """The image of the origin; starts of it and of the same server as a process, in turn."""
    if workplace.engine != "docker":
        raise NotMeasured("no engine")
    with chdir(workplace.origin):
        settings = read_section(ContainerSettings)
        record = load_measurement("image", ImageRecord).result
        image = record.image
        if image is None or image.base_bytes is None:
            raise NotMeasured(record.failure or "no image was made")
        as_process = record.model_copy(update={"used": "process", "image": None})
        container = engine_of(record, settings)
        process = engine_of(as_process, settings, state=ROOT / paths.STATE)
        in_container, as_a_process = [], []
        for _ in range(max(workplace.repetitions, _STARTS)):
            in_container.append(_start(container))
            as_a_process.append(_start(process))
    added = (image.size_bytes - image.base_bytes) / MB
    figures = (
        Figure(name="size beyond the base", values=(added,), unit="MB"),
        Figure(name="the base", values=(image.base_bytes / MB,), unit="MB"),
        seconds("start → ready, container", in_container),
        seconds("start → ready, process", as_a_process),
    )
    note = f"base: {image.base}; ready: the first 200 of the readiness path"
    return Result(name="image", figures=figures, notes=(note,))


def _start(engine: DockerEngine | ProcessEngine) -> float:
    clock = time.perf_counter()
    with engine.running(paths.BUILD_CONTEXT):
        return time.perf_counter() - clock
