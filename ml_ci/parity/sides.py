"""Both sides of a comparison, and what their rungs are judged with."""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.noise import NoiseFloor
from ml_ci.parity.accepted import NOTHING, Accepted
from ml_ci.parity.executor import Executor
from ml_ci.rung import Rung
from ml_ci.steps import LADDER
from ml_ci.trace.reading import Trace


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Two traces, the noise floor between them, and the reference's steps."""

    reference: Trace
    target: Trace
    noise: NoiseFloor
    class_names: tuple[str, ...]
    executor: Executor | None = None
    """None where only the traces are at hand: a step is then judged as far as what stood below it
    is the same on both sides."""
    accepted: Accepted = NOTHING

    def rungs(self, image: str, step: str) -> tuple[Rung | None, Rung | None]:
        """What the reference and the target recorded."""
        return self.reference.rungs(image).get(step), self.target.rungs(image).get(step)

    def changed(self, since: str, upto: str) -> bool:
        """Whether a step above ``since``, up to ``upto`` itself, is changed."""
        names = [step.name for step in LADDER]
        between = names[names.index(since) + 1 : names.index(upto) + 1]
        return any(step in self.accepted.changes for step in between)
