"""A fault: one known way in which a step differs from the reference's, and what to do about it.

A fault with parameters stands for all its settings; one setting of it is a variant, which is what
can be run. The same objects explain a target, measure the golden set's coverage, break servers in
tests, and make docs/faults.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded
from ml_ci.parity.executor import Change
from ml_ci.parity.faults.reference import Reference

Value = float | int | str | tuple[float, ...] | tuple[int, ...] | tuple[str, ...]
"""Of a parameter, as it is reported."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The rung `decoded` of one image, and the bytes that it was decoded from."""

    content: bytes
    decoded: Decoded


Make = Callable[[Any, Reference], Any]
"""What the step makes with the fault: (what stands on the rung below, the reference) → what stands
on the step. ``reference`` has every step as it should be, for whoever wants to change only its
input or its result. One image at a time up to `resized`, all of them at once above:

| step            | given                           | made                    |
|-----------------|---------------------------------|-------------------------|
| `received`      | bytes, as sent                  | bytes                   |
| `decoded`       | bytes                           | `Decoded`               |
| `image`         | `Seen`                          | uint8 (H, W, 3)         |
| `resized`       | uint8 (H, W, 3)                 | floats (C, S, S), 0–255 |
| `tensor`        | floats (N, C, S, S), 0–255      | floats (N, C, S, S)     |
| `logits`        | floats (N, C, S, S)             | floats (N, K)           |
| `probabilities` | floats (N, K)                   | floats (N, K)           |
| `label`         | floats (N, K)                   | N class names           |

Floats are float64 for the truth and float32 to see how exact that is: compute in the dtype given.
Raises StepError (ml_ci.parity.executor) where the fault cannot be made of what is given.
"""


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What to do, in a sentence for either side."""

    server: str
    """What kind of code to look at in the server, and what it should do instead."""
    script: str
    """What to change here where the server is right: the line of params.yaml, or where it is code;
    empty where following it would make no sense."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A fault with its parameters settled: it can be run."""

    fault: str
    """Id of the fault."""
    step: str
    parameters: Mapping[str, Value]
    """By name; empty for a fault without any."""
    said: str
    """In a few words, as in `they part at resized: nearest instead of bilinear`."""
    remedy: Remedy
    make: Make
    after: Change | None = None
    """Applied to what ``make`` gives, element by element; it maps larger values to no smaller ones:
    rounding, truncating, cutting off. Apart, because a value within noise of a tie may go to either
    side of it."""
    grain: float = 0.0
    """How far right implementations of this very fault are apart from ``make``, in the unit of the
    step's rung: 1 grey level where some compute in integers."""

    @property
    def key(self) -> tuple[str, tuple[tuple[str, Value], ...]]:
        """The same for the same fault with the same parameters."""
        return self.fault, tuple(sorted(self.parameters.items()))


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One number that a fault is estimated by."""

    name: str
    low: float
    high: float
    whole: bool
    """Whole numbers only, like a JPEG quality."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a target had below a step and on it, image by image: what a fault is fitted to."""

    given: Sequence[Any]
    """As ``Make`` takes it, one entry per image, at every step: (C, S, S) at `tensor`."""
    made: Sequence[Any]
    """What the target has on the step: arrays, bytes at `received`, a class name at `label`."""

    def stacked(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both as float64 (N, …), for the steps whose arrays have one shape."""
        given, made = (
            np.stack([np.asarray(one, np.float64) for one in side])
            for side in (self.given, self.made)
        )
        return given, made


class Fault(Protocol):
    """What a module of the catalogue defines, as a frozen dataclass or by hand."""

    @property
    def id(self) -> str:
        """Small letters and `-`; never changed, because reports and tests hold it."""

    @property
    def step(self) -> str:
        """The step that it changes."""

    @property
    def title(self) -> str:
        """What goes wrong, in a few words."""

    @property
    def symptom(self) -> str:
        """What people see, in a sentence."""

    @property
    def source(self) -> str:
        """Where it is known from: a public thread or paper, or `plausible` where there is none."""

    @property
    def witness(self) -> str:
        """The kind of image that can show it, as in `no golden image is one: …`."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is estimated where only a target's answers are known; empty for most."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Its usual settings; none where it cannot be, or where the reference does the same."""

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The settings that come nearest to ``evidence``; ``variants`` where nothing is fitted.

        Whether they explain it is for the caller to see.
        """

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """The setting with these values of ``parameters``; None where it has none, or it is what
        the reference does."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """What every fault says of itself; a base for those of the catalogue."""

    id: str
    step: str
    title: str
    symptom: str
    source: str
    witness: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """None."""
        return ()

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """For each fault to say."""
        raise NotImplementedError

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Nothing is fitted."""
        del evidence
        return self.variants(reference)

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Nothing to set."""
        del values, reference
        return None
