"""Suggesting: images that would notice what a golden set does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ml_ci.parity.coverage.cover import greedy_cover
from ml_ci.parity.coverage.covering import Covered, Covering, Track
from ml_ci.parity.coverage.noticing import Noticing
from ml_ci.parity.faults.fault import Variant


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An image worth adding."""

    image: str
    notices: tuple[Variant, ...]
    """What nothing before it notices: neither the golden set nor a suggestion that stands above."""


def suggestions(
    covering: Covering,
    covered: Iterable[Covered],
    candidates: Mapping[str, bytes],
    track: Track = iter,
) -> tuple[Suggestion, ...]:
    """The fewest of ``candidates`` (encoded, by name) that notice as much as all of them would, of
    what is blind in ``covered``; the most telling first."""
    blind = [variant for one in covered for variant in one.blind]
    noticing = Noticing(covering.reference, covering.judge, candidates)
    noticed = [noticing.of(variant) for variant in track(blind)]
    by_image: dict[str, dict[object, Variant]] = {}
    for one in noticed:
        for image, clearness in one.clearness.items():
            if "trace" in clearness:
                by_image.setdefault(image, {})[one.variant.key] = one.variant
    return tuple(_in_turn(by_image))


def still_blind(covered: Sequence[Covered], found: Iterable[Suggestion]) -> tuple[Variant, ...]:
    """What the suggestions do not notice either."""
    noticed = {variant.key for suggestion in found for variant in suggestion.notices}
    return tuple(variant for one in covered for variant in one.blind if variant.key not in noticed)


def _in_turn(by_image: Mapping[str, Mapping[object, Variant]]) -> Iterable[Suggestion]:
    known: set[object] = set()
    for image in greedy_cover({name: frozenset(what) for name, what in by_image.items()}):
        new = tuple(variant for key, variant in by_image[image].items() if key not in known)
        known |= by_image[image].keys()
        yield Suggestion(image=image, notices=new)
