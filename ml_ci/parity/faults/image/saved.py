"""Saved: the finished picture is written as a JPEG and read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.parity.faults.encoding import jpeg, pixels_of
from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Retouch, Touch, apart, nearest, of_one_size
from ml_ci.steps import IMAGE

_SAMPLINGS = ("4:2:0", "4:4:4", "4:2:2")
_USUAL = ((75, "4:2:0"), (95, "4:2:0"), (95, "4:4:4"))
_CORNER = 128  # px: blocks of 16 are coded each for itself, so a corner says the quality
_COMPARED = 3


@dataclass(frozen=True, kw_only=True)
class SavedAsJpeg(Retouch):
    """The quality is searched, corner by corner."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The quality."""
        return (Parameter(name="quality", low=1, high=100, whole=True),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """Usual qualities."""
        del reference
        return [self._touch(quality, sampling) for quality, sampling in _USUAL]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Every quality, then every subsampling of chroma at the nearest ones."""
        del reference
        if not of_one_size(pairs):
            return []
        some = [_corner(pair) for pair in _telling(pairs)]
        best: list[tuple[float, int, str]] = []
        for sampling in _SAMPLINGS:
            far = [
                apart(self._touch(quality, sampling), some[:1] if len(some) > 1 else some)
                for quality in range(1, 101)
            ]
            # Some qualities of one picture look alike: the nearest few go on
            best += [(far[at], at + 1, sampling) for at in np.argsort(far, kind="stable")[:3]]
        touches = [self._touch(int(quality), sampling) for _, quality, sampling in sorted(best)]
        return nearest(touches, _telling(pairs))

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This quality, 4:2:0."""
        del reference
        return self.variant(self._touch(min(max(round(values[0]), 1), 100), "4:2:0"))

    def _touch(self, quality: int, sampling: str) -> Touch:
        return Touch(
            parameters={"quality": quality, "subsampling": sampling},
            said=f"every picture is saved as a JPEG and read again, quality {quality}, {sampling}",
            change=lambda picture: pixels_of(jpeg(picture, quality, sampling)),
        )


def _telling(pairs: Sequence[Pair]) -> list[Pair]:
    """Those with the most detail per pixel: most of what is lost."""
    return sorted(pairs, key=lambda pair: -float(pair[0].std()) * pair[0].size ** 0.5)[:_COMPARED]


def _corner(pair: Pair) -> Pair:
    """The upper left corner of both, if they are larger."""
    ours, theirs = (one[:_CORNER, :_CORNER] for one in pair)
    return np.ascontiguousarray(ours), np.ascontiguousarray(theirs)


FAULTS = (
    SavedAsJpeg(
        id="saved-as-jpeg",
        step=IMAGE.name,
        title="Saved as JPEG and read again",
        symptom="answers are slightly off for all pictures, PNGs, too",
        source="https://github.com/pyronear/pyro-engine/pull/351",
        witness="any picture with detail",
        server="keep the picture in memory, or save it without loss (PNG): look for a temporary "
        "file or a cache; where other bytes arrive, it was done on the way",
        script="train on pictures that went through the same encoder",
    ),
)
