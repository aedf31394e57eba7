"""Both sides of a comparison, and what their rungs are judged with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ml_ci.noise import NoiseFloor
from ml_ci.parity.executor import Change, Executor
from ml_ci.rung import Rung
from ml_ci.steps import LADDER
from ml_ci.trace import Trace


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
    tolerances: Mapping[str, float] = field(default_factory=dict)
    """By step, instead of the noise floor: the largest own error allowed."""
    expected: Mapping[str, float] = field(default_factory=dict)
    """By step: the largest own error that is known and accepted."""
    changes: Mapping[str, Change] = field(default_factory=dict)
    """By step: what the target is known to do after it, and the reference is made to do, too."""

    def rungs(self, image: str, step: str) -> tuple[Rung | None, Rung | None]:
        """What the reference and the target recorded."""
        return self.reference.rungs(image).get(step), self.target.rungs(image).get(step)

    def changed(self, since: str, upto: str) -> bool:
        """Whether a step above ``since``, up to ``upto`` itself, is changed."""
        names = [step.name for step in LADDER]
        between = names[names.index(since) + 1 : names.index(upto) + 1]
        return any(step in self.changes for step in between)
