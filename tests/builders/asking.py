"""Questions about targets of the small reference, and short catalogues to answer them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ml_ci.parity.diagnosis.budget import Budget
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.course import SENT, Course, Start
from ml_ci.parity.faults.fault import Fault, Make, Remedy, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LOGITS
from tests.builders.faults import pictures
from tests.builders.traces import noise_floor
from tests.builders.upper_targets import ours

NOISE = noise_floor(2e-6)
SCENES = ("wide.png", "tall.png", "wide 4:2:0.jpg", "tall 4:4:4.jpg", "small.png")


def faults(*ids: str) -> tuple[Fault, ...]:
    """A short catalogue."""
    return tuple(fault_of(one) for one in ids)


def variant(step: str, make: Make, **said: Any) -> Variant:
    """A fault made by hand."""
    values: dict[str, Any] = {"fault": "by-hand", "parameters": {}, "said": "by hand"} | said
    return Variant(step=step, make=make, remedy=Remedy(server="look", script=""), **values)


def asked(
    step: str,
    broken: Sequence[Variant] = (),
    since: str = SENT,
    images: Sequence[str] = SCENES,
    reference: Reference | None = None,
) -> Question:
    """A target that climbs from ``since`` in float32, ``broken`` on the way, to ``step``."""
    reference = reference or ours()
    contents = [pictures()[name] for name in images]
    whole = Course(reference.rounded(), Start(since=SENT, stands=contents))
    stands = whole.run(since)
    start = Start(since=since, stands=stands, contents=contents)
    return Question(
        reference=reference,
        noise=NOISE,
        images=images,
        start=start,
        step=step,
        observed=list(Course(reference.rounded(), start).run(step, broken)),
    )


def drawn(step: str, written: Callable[[Any], Any], seed: int = 11) -> Question:
    """Above the network: the small one answers nearly the same about every picture."""
    logits = np.random.default_rng(seed).normal(0, 2, (14, len(ours().class_names)))
    names = [f"{place}.png" for place in range(len(logits))]
    given = logits.astype(np.float32)
    return Question(
        reference=ours(),
        noise=NOISE,
        images=names,
        start=Start(since=LOGITS.name, stands=given),
        step=step,
        observed=list(written(given)),
    )


def softmax(logits: Any) -> Any:
    """Written out, float32 (N, K)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def names_of(probabilities: Any) -> list[str]:
    """Rightly."""
    return [ours().class_names[place] for place in probabilities.argmax(axis=1)]


def ample(images: int = len(SCENES), passes: float = 1e6, seconds: float = 1e6) -> Budget:
    """More than any test takes."""
    return Budget(images=images, passes=passes, seconds=seconds)


def blue_first(tensor: Any, reference: Reference) -> Any:
    """At `tensor`: the channels backwards, (N, 3, S, S)."""
    return reference.tensor(tensor)[:, ::-1]


def scaled(factor: float) -> Make:
    """At `logits`: all of them times ``factor``."""

    def make(tensor: Any, reference: Reference) -> Any:
        return reference.logits(tensor) * tensor.dtype.type(factor)

    return make
