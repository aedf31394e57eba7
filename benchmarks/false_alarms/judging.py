"""Judging: the real comparison, of everything a side recorded and of less and less of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.false_alarms.layout import header
from benchmarks.false_alarms.making import Made
from ml_ci.parity.compare import Comparison
from ml_ci.parity.executor import Executor
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.rung import Array, Recorded
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES, RECEIVED, RESIZED, TENSOR
from ml_ci.trace.layout import FLOATS, HASHED
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

Rungs = Mapping[str, Mapping[str, Recorded]]
"""By picture and step."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One way of looking at the same answers."""

    name: str
    steps: frozenset[str] | None = None
    """What the side recorded of all it went through; None: everything."""
    executor: bool = True
    """Whether the model is at hand, or two traces alone."""


WHOLE = Look(name="every rung")
BLACK_BOX = Look(name="probabilities and label", steps=frozenset({PROBABILITIES.name, LABEL.name}))
LOOKS = (
    WHOLE,
    BLACK_BOX,
    Look(name="logits alone", steps=frozenset({LOGITS.name})),
    Look(
        name="resized and probabilities",
        steps=frozenset({RESIZED.name, PROBABILITIES.name, LABEL.name}),
    ),
    Look(name="tensor and label", steps=frozenset({TENSOR.name, LABEL.name})),
    Look(name="two traces without the model", executor=False),
)


class Remembering:
    """The reference's steps, each computed once on the same values: looks share most of them."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._known: dict[tuple[object, ...], NDArray[Any]] = {}

    def sent(self, image: str) -> bytes:
        """As the executor's."""
        return self._executor.sent(image)

    def decode(self, content: bytes) -> tuple[Array, str]:
        """As the executor's."""
        return self._executor.decode(content)

    def flatten(self, pixels: Array, mode: str | None, content: bytes) -> Array:
        """As the executor's."""
        return self._executor.flatten(pixels, mode, content)

    def step(self, name: str, previous: NDArray[Any], *, exact: bool) -> NDArray[Any]:
        """As the executor's, from memory where it was asked before."""
        content = hashlib.sha256(np.ascontiguousarray(previous).data).digest()
        key = (name, exact, previous.shape, previous.dtype.str, content)
        if key not in self._known:
            self._known[key] = self._executor.step(name, previous, exact=exact)
        return self._known[key].copy()


def judged(
    made: Made,
    executor: Executor,
    rungs: Rungs,
    folder: Path,
    look: Look,
    entry: str = RECEIVED.name,
) -> ParityResult:
    """What the comparison says of ``rungs`` when it is shown what ``look`` leaves of them."""
    with TraceWriter(folder, header("target", entry), keep=FLOATS | HASHED) as trace:
        for image, recorded in rungs.items():
            kept = {
                step: one
                for step, one in recorded.items()
                if look.steps is None or step in look.steps
            }
            trace.add(image, kept)
    sides = Sides(
        reference=made.reference,
        target=Trace.open(folder),
        noise=made.noise,
        class_names=made.subject.class_names,
        executor=executor if look.executor else None,
    )
    return Comparison(sides=sides).run("target", list(rungs))
