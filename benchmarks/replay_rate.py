"""Rate of a replay: how much of what the server can answer our client asks of it, against wrk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Result, ratio
from benchmarks.server import running_server
from benchmarks.workplace import Workplace
from benchmarks.wrk import Wrk, get_wrk, write_script
from ml_ci.artifacts import paths
from ml_ci.data.samples import read_golden
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.targets.client import Call
from ml_ci.targets.requests import Picture, call_about
from ml_ci.targets.routes import routes_of_model

GOAL = 0.9
IMAGES, SECONDS = 1500, 5
PER_IMAGE = 2  # a prediction, then a trace
_LEAST = 5  # repetitions: the two share the processors with the server, so the spread is wide


def measure(workplace: Workplace) -> Result:
    """wrk and a replay in turn, against one server, with as many connections."""
    return measured(workplace, images=IMAGES, seconds=SECONDS, least=_LEAST)


def measured(workplace: Workplace, *, images: int, seconds: int, least: int) -> Result:
    """The same with so many images, and so long."""
    wrk = get_wrk(workplace)
    rates: list[float] = []
    ours: list[float] = []
    with running_server(workplace) as server:
        connections = read_section(ReplaySettings).concurrency
        script = write_script(workplace.folder / "bodies", _calls())
        reference = workplace.folder / "reference-trace"
        _replay(workplace, server.url, images, reference)
        for _ in range(max(workplace.repetitions, least)):
            rates.append(_wrk(wrk, workplace, server.url, script, connections, seconds))
            ours.append(_rate(workplace, server.url, images, reference))
    figures = (
        ratio("replay ÷ wrk, requests per second", ours, rates, None, GOAL),
        Figure(name="replay", values=tuple(ours), unit="requests/s"),
        Figure(name="wrk", values=tuple(rates), unit="requests/s"),
    )
    return Result(name="replay_rate", figures=figures, notes=_notes(connections, images))


def _notes(connections: int, images: int) -> tuple[str, ...]:
    return (
        f"{connections} connections each; the golden images, to the prediction and the trace route "
        "in turn: the same bodies",
        f"the replay ({images} images) makes each body, reads the answer and checks it (JSON, the "
        "hash of every array), holds it against the reference, and writes the trace; wrk has its "
        "requests ready and looks at the status alone",
        f"client and server share {os.cpu_count()} processors",
    )


def _calls() -> Iterator[Call]:
    """What a replay sends, in its order."""
    routes = routes_of_model(read_section(ModelSettings).name)
    for sample in read_golden(paths.GOLDEN):
        content = sample.path.read_bytes()
        picture = Picture(name=sample.name, content=content, tensor=lambda: None)
        yield call_about(picture, routes.predict.settings.path, routes.predict.settings.request)
        if routes.trace is not None:
            yield Call(path=routes.trace.path, body=content)


def _wrk(
    wrk: Wrk, workplace: Workplace, url: str, script: Path, connections: int, seconds: int
) -> float:
    return wrk.rate(workplace, url, script, connections=connections, seconds=seconds)


def _rate(workplace: Workplace, url: str, images: int, reference: Path) -> float:
    folder = workplace.folder / "replayed"
    took = _replay(workplace, url, images, folder, reference)
    workplace.remove(folder)
    return PER_IMAGE * images / took


def _replay(workplace: Workplace, url: str, images: int, folder: Path, *more: Path) -> float:
    """Seconds of the replay itself, without the start of its process."""
    words = (url, str(images), str(folder), *map(str, more))
    command = (sys.executable, "-m", "benchmarks.one_replay", *words)
    printed = workplace.processes.output(*command, folder=workplace.origin)
    return float(printed.split()[-2])
