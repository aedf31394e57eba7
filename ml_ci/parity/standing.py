"""Standing: the last rung a target is known to have stood on, from which the next is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ml_ci.parity.executor import StepError
from ml_ci.rung import Array


def unknown() -> Array:
    """The value of a standing that nobody asks, or of which only the hash is known."""
    raise StepError("only its hash is known")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one image stands on the target's side."""

    step: str
    same: bool
    """The reference stands on exactly the same there."""
    value: Callable[[], Array]
    """What stands there. Raises StepError where that is not known."""
    mode: str | None = None
    """Of the pixels at `decoded`, where it is told."""
    before: Standing | None = None
    """Where it stood before that; None at the bottom of what is judged in floats."""
    reading: str = ""
    """How what was recorded has to be read to be right, like "as H×W×C"; the next rung decides
    whether that is a way of recording. Empty when it is right as it stands there."""
