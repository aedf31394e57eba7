"""An executor runs single steps of the reference on whatever stands on a rung of either side.

The caller injects it: what the model is, and which library computes it, is no business of a
comparison. ``ml_ci.model.reference_steps`` is the one with torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from ml_ci.rung import Array
from ml_ci.steps import IMAGE, LADDER, LOGITS, PROBABILITIES, RESIZED, TENSOR

CLIMBED = (RESIZED.name, TENSOR.name, LOGITS.name, PROBABILITIES.name)
"""The float steps, which the model computes one from the other, beginning with `image`."""


class StepError(Exception):
    """A step cannot be applied to what stands there, and why in one sentence."""


class Executor(Protocol):
    """The reference, step by step. Every method raises StepError where a step cannot be applied."""

    def sent(self, image: str) -> bytes:
        """The encoded image as it is sent to every side."""

    def decode(self, content: bytes) -> tuple[Array, str]:
        """`received` → `decoded`: pixels (H, W, C) and their mode."""

    def flatten(self, pixels: Array, mode: str | None, content: bytes) -> Array:
        """`decoded` → `image`, uint8 (H, W, 3); orientation and colours are those of ``content``.

        A ``mode`` of None is told from the number of channels.
        """

    def step(self, name: str, previous: NDArray[Any], *, exact: bool) -> NDArray[Any]:
        """A float step: (N, …) on the rung below → (N, …) on ``name``; float64 when ``exact``."""


Change = Callable[[NDArray[Any]], NDArray[Any]]
"""Applied to what stands on a rung; larger values never become smaller ones."""


def climb(
    executor: Executor,
    since: str,
    values: NDArray[Any],
    upto: str,
    *,
    exact: bool,
    changes: Mapping[str, Change],
) -> NDArray[Any]:
    """What the reference's steps make of ``values`` (N, …) on ``since``, on the rung ``upto``.

    ``changes`` are applied below ``upto``; what to do with that of ``upto`` itself is the caller's.
    """
    names = [step.name for step in LADDER]
    start = max(names.index(since), names.index(IMAGE.name))
    for name in names[start + 1 : names.index(upto) + 1]:
        values = executor.step(name, values, exact=exact)
        if name != upto and name in changes:
            values = changes[name](values)
    return values
