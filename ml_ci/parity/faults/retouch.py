"""A retouch: a fault that makes another picture out of the finished one, whatever the file was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Seen, Value, Variant
from ml_ci.parity.faults.guarding import guarded
from ml_ci.parity.faults.reference import Reference

Pixels = NDArray[np.uint8]
Pair = tuple[Pixels, Pixels]
"""One picture as it should be and as the target has it, both (H, W, 3); sizes may differ."""


@dataclass(frozen=True, kw_only=True)
class Touch:
    """What is done to a picture, its numbers settled."""

    parameters: Mapping[str, Value]
    said: str
    change: Callable[[Pixels], Pixels]
    """(H, W, 3) → (H', W', 3), uint8."""
    grain: float = 0.0
    server: str = ""
    """A remedy of its own; otherwise the fault's."""


@dataclass(frozen=True, kw_only=True)
class Retouch(Described):
    """Subclasses say which changes are usual, and which one a target shows."""

    server: str
    script: str = ""

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """The usual changes."""
        raise NotImplementedError

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Those that come nearest to what a target has; the usual ones where nothing is fitted."""
        del pairs
        return self.usual(reference)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The usual changes."""
        return [self.variant(touch) for touch in self.usual(reference)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """What is estimated; nothing where no picture is another one than it should be."""
        pairs = pairs_of(evidence, reference)
        if all(np.array_equal(ours, theirs) for ours, theirs in pairs):
            return []
        return [self.variant(touch) for touch in self.estimate(pairs, reference)]

    def variant(self, touch: Touch) -> Variant:
        """``touch`` as a variant of this fault."""

        def make(seen: Seen, reference: Reference) -> Pixels:
            picture = reference.flatten(seen.decoded, seen.content).astype(np.uint8, copy=False)
            return np.ascontiguousarray(touch.change(picture))

        return Variant(
            fault=self.id,
            step=self.step,
            parameters=touch.parameters,
            said=touch.said,
            remedy=Remedy(server=touch.server or self.server, script=self.script),
            make=guarded(make),
            grain=touch.grain,
        )


def pairs_of(evidence: Evidence, reference: Reference) -> list[Pair]:
    """The pictures of all images that are pictures on both sides."""
    found = []
    for seen, made in zip(evidence.given, evidence.made, strict=True):
        theirs = np.asarray(made)
        if theirs.ndim != 3 or theirs.shape[2] != 3 or theirs.dtype != np.uint8:
            continue
        try:
            ours = reference.flatten(seen.decoded, seen.content).astype(np.uint8, copy=False)
        except StepError:
            continue
        found.append((ours, theirs))
    return found


def of_one_size(pairs: Sequence[Pair]) -> bool:
    """Whether no picture changed its size."""
    return all(ours.shape == theirs.shape for ours, theirs in pairs)


def apart(touch: Touch, pairs: Sequence[Pair]) -> float:
    """How far ``touch`` is from what a target has: mean absolute level over all pictures, 255 for
    one of another size."""
    distances = []
    for ours, theirs in pairs:
        made = touch.change(ours)
        alike = made.shape == theirs.shape and made.size > 0
        distances.append(np.abs(made.astype(np.int16) - theirs).mean() if alike else 255.0)
    return float(np.mean(distances)) if distances else 255.0


def nearest(touches: Iterable[Touch], pairs: Sequence[Pair]) -> list[Touch]:
    """The one of ``touches`` that is least apart; none of none."""
    ranked = [(apart(touch, pairs), place, touch) for place, touch in enumerate(touches)]
    return [min(ranked)[2]] if ranked else []
