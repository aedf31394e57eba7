"""Channels in another order: OpenCV reads blue first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Seen, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.rung import Array
from ml_ci.steps import IMAGE

_RGB = (0, 1, 2)
_ORDERS = tuple(order for order in permutations(_RGB) if order != _RGB)


@dataclass(frozen=True, kw_only=True)
class ChannelOrder(Described):
    """The picture's channels are exchanged after decoding."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """All five other orders, BGR first."""
        del reference
        return [self._variant(order) for order in sorted(_ORDERS, key=lambda one: one != (2, 1, 0))]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The order whose channels come nearest to the target's, over all images."""
        apart = np.zeros((3, 3))  # [ours, theirs]: mean distance
        for seen, made in zip(evidence.given, evidence.made, strict=True):
            ours = reference.flatten(seen.decoded, seen.content).astype(np.float64)
            if np.shape(made) != ours.shape:
                return []
            theirs = np.asarray(made, np.float64)
            apart += np.abs(ours[..., :, None] - theirs[..., None, :]).mean(axis=(0, 1))
        best = min(permutations(_RGB), key=lambda order: sum(apart[order[at], at] for at in _RGB))
        return [] if best == _RGB else [self._variant(best)]

    def _variant(self, order: tuple[int, ...]) -> Variant:
        letters = "".join("RGB"[at] for at in order)

        def make(seen: Seen, reference: Reference) -> Array:
            image = reference.flatten(seen.decoded, seen.content)
            return np.ascontiguousarray(image[..., list(order)])

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"order": letters},
            said=f"channels in the order {letters} instead of RGB",
            remedy=Remedy(
                server="convert what the decoder gives to RGB before anything else, for OpenCV "
                "with `cv2.cvtColor(image, cv2.COLOR_BGR2RGB)`",
                script="",
            ),
            make=make,
        )


FAULTS = (
    ChannelOrder(
        id="channel-order",
        step=IMAGE.name,
        title="Channels exchanged: BGR instead of RGB",
        symptom="coloured pictures are answered less surely, grey ones as before",
        source="https://github.com/open-mmlab/mmdeploy/issues/421",
        witness="a picture in colour",
    ),
)
