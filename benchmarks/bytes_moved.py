"""Bytes moved: what a replay sends and receives for one image when both sides agree."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from benchmarks.counting_proxy import CountingProxy, Traffic, counting_proxy
from benchmarks.figures import Figure, Result
from benchmarks.one_replay import ElsewhereServer
from benchmarks.server import running_server
from benchmarks.workplace import Workplace
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.steps import FLOAT_STEPS
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayJob, replay
from ml_ci.targets.requests import Picture, call_about
from ml_ci.targets.routes import Routes, routes_of_model
from ml_ci.trace.reading import Trace

BEYOND = 8 * 1024
"""Bytes that an image may cost beyond its requests and the float rungs."""
SIDES = (32, 224, 640, 2048)
COPIES = 8
KIB = 1024


@dataclass(frozen=True, kw_only=True)
class Moved:
    """For one image."""

    file: int
    requests: int
    """Bodies of what is sent: the prediction's and the trace's."""
    prediction: int
    """The first of them."""
    floats: int
    traffic: Traffic

    @property
    def beyond(self) -> int:
        """What is neither a request's body nor a float."""
        return self.traffic.both - self.requests - self.floats

    @property
    def beyond_one(self) -> int:
        """The same with the prediction as the only request there may be."""
        return self.traffic.both - self.prediction - self.floats


def measure(workplace: Workplace) -> Result:
    """A photo in several sizes, to our server through a proxy that counts."""
    return measured(workplace, SIDES)


def measured(workplace: Workplace, sides: tuple[int, ...]) -> Result:
    """The same for squares of these sizes."""
    with running_server(workplace) as server:
        address = urlsplit(server.url)
        with counting_proxy(address.hostname or "", address.port or 0) as proxy:
            moved = {side: _moved(workplace, proxy, side) for side in sides}
    figures = tuple(figure for side, one in moved.items() for figure in _figures(side, one))
    floats = next(iter(moved.values())).floats / KIB
    notes = (
        "counted on the sockets, HTTP headers included: bodies of the prediction (base64 in JSON) "
        f"and of the trace (the image's bytes), {floats:.1f} KiB of float rungs as they are "
        "(safetensors), and what is beyond these",
        f"{COPIES + 1} copies of a JPEG less one, so what is asked once a replay is not in it; "
        "the reference has the same hashes, so no pixel is asked for",
    )
    return Result(name="bytes_moved", figures=figures, notes=notes)


def _figures(side: int, moved: Moved) -> Iterator[Figure]:
    name = f"{side}×{side}, {moved.file / KIB:.1f} KiB"
    budget = moved.requests + moved.floats + BEYOND
    for what, number, at_most in (
        ("moved", moved.traffic.both, budget),
        ("beyond requests and floats", moved.beyond, BEYOND),
        ("beyond the prediction's request and floats", moved.beyond_one, None),
    ):
        yield Figure(
            name=f"{name}: {what}",
            values=(number / KIB,),
            unit="KiB",
            at_most=None if at_most is None else at_most / KIB,
        )


def _moved(workplace: Workplace, proxy: CountingProxy, side: int) -> Moved:
    content = photo(side)
    routes = routes_of_model(read_section(ModelSettings).name)
    agreeing = workplace.folder / f"agreeing-{side}"
    _replay(proxy.url, routes, content, agreeing, COPIES + 1, None)
    reference = Trace.open(agreeing)
    once, often = (
        _traffic(workplace, proxy, routes, content, copies, reference) for copies in (1, COPIES + 1)
    )
    floats = [reference.array(reference.images[0], step.name) for step in FLOAT_STEPS]
    picture = Picture(name="photo", content=content, tensor=lambda: None)
    prediction = call_about(picture, routes.predict.settings.path, routes.predict.settings.request)
    size = len(prediction.body or b"")
    return Moved(
        file=len(content),
        requests=size + len(content),
        prediction=size,
        floats=sum(array.nbytes for array in floats if array is not None),
        traffic=Traffic(
            sent=(often.sent - once.sent) // COPIES,
            received=(often.received - once.received) // COPIES,
        ),
    )


def _traffic(
    workplace: Workplace,
    proxy: CountingProxy,
    routes: Routes,
    content: bytes,
    copies: int,
    reference: Trace,
) -> Traffic:
    before = proxy.traffic()
    folder = workplace.folder / "counted"
    _replay(proxy.url, routes, content, folder, copies, reference)
    workplace.remove(folder)
    after = proxy.traffic()
    return Traffic(sent=after.sent - before.sent, received=after.received - before.received)


def _replay(
    url: str, routes: Routes, content: bytes, folder: Path, copies: int, reference: Trace | None
) -> None:
    """Raises RuntimeError unless every image was answered."""
    sources = [Source(name=f"{number}", read=lambda: content) for number in range(copies)]
    job = ReplayJob(
        target="benchmark",
        receipt="",
        routes=routes,
        settings=read_section(ReplaySettings),
        reference=reference,
    )
    result = replay(ElsewhereServer(url=url), sources, folder, job)
    if result.failures:
        raise RuntimeError(f"not answered: {next(iter(result.failures.values()))}")


def photo(side: int) -> bytes:
    """A JPEG as cameras make them: smooth, with some noise."""
    ramp = np.linspace(0, 200, side)
    noise = np.random.default_rng(7).normal(0, 8, (side, side, 3))
    levels = (ramp[:, None, None] + ramp[None, :, None]) / 2 + noise + 20
    file = io.BytesIO()
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()
