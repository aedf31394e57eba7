"""A course: some images climb the reference's ladder with faults in it, as often as wanted.

What was climbed once is remembered: two climbs that part at `tensor` share everything below it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.fault import Seen, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import (
    DECODED,
    IMAGE,
    LABEL,
    LADDER,
    LOGITS,
    PROBABILITIES,
    RECEIVED,
    RESIZED,
    TENSOR,
)

SENT = "sent"
"""Where a course begins when nothing of the target is known below: the bytes that were sent."""
NAMES = (SENT, *(step.name for step in LADDER))
_SINGLE = (RECEIVED.name, DECODED.name, IMAGE.name, RESIZED.name)
"""Steps that are made image by image."""
_ROOM = 512 * 2**20  # bytes of what is remembered

Stands = Sequence[Any] | NDArray[Any]
"""What stands on a rung, one entry per image: see ``ml_ci.parity.faults.fault.Make``. From `tensor`
to `probabilities` an array (N, …)."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where the images begin."""

    since: str
    """The step whose rung is given, or ``SENT``."""
    stands: Stands
    contents: Sequence[bytes] = ()
    """The bytes each image was decoded from; needed to begin at `decoded`."""


class Course:
    """Climbs of the same images from the same start.

    All methods raise StepError where a fault, or a step after it, cannot be made of what stands
    there.
    """

    def __init__(self, reference: Reference, start: Start, *, room: int = _ROOM) -> None:
        self.reference = reference
        self.start = start
        self._room = room
        self._known: OrderedDict[object, tuple[Stands, int]] = OrderedDict()
        self._used = 0
        self.forwards = 0
        """Images that went through the network so far: what a search costs."""

    def run(self, upto: str, variants: Sequence[Variant] = ()) -> Stands:
        """What stands on the rung ``upto``, with ``variants``, of different steps, in it."""
        if upto == self.start.since:
            return self.start.stands
        within = _up_to(upto, variants)
        key = (upto, tuple(variant.key for variant in within))
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
            return found[0]
        stands = self.before_after(upto, within)
        own = _of_step(upto, within)
        if own is not None and own.after is not None:
            stands = _each(upto, own.after, stands)
        self._remember(key, stands)
        return stands

    def before_after(self, upto: str, variants: Sequence[Variant]) -> Stands:
        """As ``run``, without the ``after`` of the variant at ``upto`` itself."""
        below = NAMES[NAMES.index(upto) - 1]
        given = self.seen(variants) if upto == IMAGE.name else self.run(below, variants)
        own = _of_step(upto, variants)
        if upto == LOGITS.name:
            self.forwards += len(given)
        if own is None:
            return self._as_it_should(upto, given)
        if upto in _SINGLE:
            made = [own.make(one, self.reference) for one in given]
            return np.stack(made) if upto == RESIZED.name else made
        together: Stands = own.make(given, self.reference)
        return together

    def seen(self, variants: Sequence[Variant] = ()) -> list[Seen]:
        """The rung `decoded` with the bytes: what the step `image` is given."""
        decoded = self.run(DECODED.name, variants)
        contents = self.start.contents or self.run(RECEIVED.name, variants)
        return [Seen(content=one, decoded=of) for one, of in zip(contents, decoded, strict=True)]

    def _as_it_should(self, upto: str, given: Stands) -> Stands:
        reference = self.reference
        if upto == RECEIVED.name:
            return given
        if upto == DECODED.name:
            return [reference.decode(content) for content in given]
        if upto == IMAGE.name:
            return [reference.flatten(seen.decoded, seen.content) for seen in given]
        if upto == RESIZED.name:
            return np.stack([reference.resized(image) for image in given])
        array: NDArray[Any] = np.asarray(given)
        if upto == LABEL.name:
            return reference.labels(array)
        steps: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
            TENSOR.name: reference.tensor,
            LOGITS.name: reference.logits,
            PROBABILITIES.name: reference.probabilities,
        }
        return steps[upto](array)

    def _remember(self, key: object, stands: Stands) -> None:
        size = _bytes_of(stands)
        if size > self._room:
            return
        self._known[key] = (stands, size)
        self._used += size
        while self._used > self._room:
            _, (_, freed) = self._known.popitem(last=False)
            self._used -= freed


def _up_to(upto: str, variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Those at or below ``upto``, in the order of the ladder."""
    last = NAMES.index(upto)
    within = [variant for variant in variants if NAMES.index(variant.step) <= last]
    return tuple(sorted(within, key=lambda variant: NAMES.index(variant.step)))


def _of_step(step: str, variants: Sequence[Variant]) -> Variant | None:
    return next((variant for variant in variants if variant.step == step), None)


def _each(step: str, after: Any, stands: Stands) -> Stands:
    return [after(one) for one in stands] if step == IMAGE.name else after(np.asarray(stands))


def _bytes_of(stands: Stands) -> int:
    if isinstance(stands, np.ndarray):
        return int(stands.nbytes)
    return sum(_size(one) for one in stands)


def _size(one: object) -> int:
    if isinstance(one, Decoded):
        return int(one.pixels.nbytes)
    if isinstance(one, np.ndarray):
        return int(one.nbytes)
    return len(one) if isinstance(one, bytes | str) else 0
