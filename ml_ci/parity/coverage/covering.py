"""Covering: every fault of the catalogue held against a golden set.

What could be noticed at all is decided on fixed pictures (ml_ci.data.witnesses) and the golden
images: so an image that is added can only be one more that notices something, and no score falls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ml_ci.parity.coverage.cover import greedy_cover, needless
from ml_ci.parity.coverage.noticing import MEANS, Judge, Means, Noticed, Noticing
from ml_ci.parity.coverage.result import Coverage, FaultCoverage, Share, Sight
from ml_ci.parity.faults.fault import Fault, Variant
from ml_ci.parity.faults.reference import Reference

Track = Callable[[Sequence[Variant]], Iterable[Variant]]
_SHOWN = 5  # ways to make one mistake that are told


@dataclass(frozen=True, kw_only=True)
class Covered:
    """One fault in all its usual settings."""

    fault: Fault
    golden: tuple[Noticed, ...]
    """Per setting, on the golden images."""
    possible: tuple[bool, ...]
    """Per setting: whether any image shows it at all."""

    @property
    def blind(self) -> tuple[Variant, ...]:
        """Settings that could be noticed, and are not."""
        return tuple(
            noticed.variant
            for noticed, can in zip(self.golden, self.possible, strict=True)
            if can and not shows(noticed)
        )


@dataclass(frozen=True, kw_only=True)
class Covering:
    """What a golden set is held against."""

    reference: Reference
    judge: Judge
    faults: Sequence[Fault]
    witnesses: Callable[[], Mapping[str, bytes]]
    """Fixed pictures, encoded, by name; asked for where the golden images do not suffice."""

    def of(self, golden: Mapping[str, bytes], track: Track = iter) -> Coverage:
        """The coverage of ``golden``: encoded images by name. ``track`` shows the progress."""
        images, covered = self.look(golden, track)
        return coverage_of(images, covered)

    def look(
        self, golden: Mapping[str, bytes], track: Track = iter
    ) -> tuple[tuple[str, ...], list[Covered]]:
        """The images that can be climbed, and every fault held against them."""
        noticing = Noticing(self.reference, self.judge, golden)
        ways = {fault.id: tuple(fault.variants(self.reference)) for fault in self.faults}
        every = [variant for variants in ways.values() for variant in variants]
        noticed = {variant.key: noticing.of(variant) for variant in track(every)}
        unseen = [variant for variant in every if not shows(noticed[variant.key])]
        possible = self._possible(unseen, track) if unseen else set()
        return noticing.images, [
            Covered(
                fault=fault,
                golden=tuple(noticed[variant.key] for variant in ways[fault.id]),
                possible=tuple(
                    shows(noticed[variant.key]) or variant.key in possible
                    for variant in ways[fault.id]
                ),
            )
            for fault in self.faults
        ]

    def _possible(self, variants: Sequence[Variant], track: Track) -> set[object]:
        """Those that one of the fixed pictures shows."""
        noticing = Noticing(self.reference, self.judge, self.witnesses())
        return {variant.key for variant in track(variants) if shows(noticing.of(variant))}


def coverage_of(images: Sequence[str], covered: Sequence[Covered]) -> Coverage:
    """Told fault by fault, and summed up."""
    faults = tuple(_fault_coverage(one) for one in covered)
    by_image: dict[str, set[object]] = {name: set() for name in images}
    for one in covered:
        for noticed in one.golden:
            for image, clearness in noticed.clearness.items():
                if "trace" in clearness:
                    by_image[image].add(noticed.variant.key)
    smallest = greedy_cover(by_image)
    return Coverage(
        images=len(images),
        trace=_share(faults, "trace"),
        probabilities=_share(faults, "probabilities"),
        labels=_share(faults, "labels"),
        faults=faults,
        smallest=smallest,
        redundant=needless(by_image),
    )


def _share(faults: Sequence[FaultCoverage], means: Means) -> Share:
    detectable = [fault for fault in faults if fault.detectable]
    return Share(
        noticed=sum(sight_of(fault, means).noticed for fault in detectable), faults=len(detectable)
    )


def sight_of(fault: FaultCoverage, means: Means) -> Sight:
    """What ``means`` shows of ``fault``."""
    return {"trace": fault.trace, "probabilities": fault.probabilities, "labels": fault.labels}[
        means
    ]


def _fault_coverage(one: Covered) -> FaultCoverage:
    fault = one.fault
    shown = [noticed for noticed, can in zip(one.golden, one.possible, strict=True) if can]
    unnoticed = [noticed.variant.said for noticed in shown if not shows(noticed)]
    sights = {means: _sight(shown, means) for means in MEANS}
    return FaultCoverage(
        fault=fault.id,
        step=fault.step,
        title=fault.title,
        detectable=bool(shown),
        reason="" if shown else _why_not(one),
        trace=sights["trace"],
        probabilities=sights["probabilities"],
        labels=sights["labels"],
        unnoticed="; ".join(unnoticed[:_SHOWN]),
        missing=fault.witness if unnoticed else "",
    )


def _sight(shown: Sequence[Noticed], means: Means) -> Sight:
    by_image: dict[str, list[float]] = {}
    for noticed in shown:
        for image, clearness in noticed.clearness.items():
            if means in clearness:
                by_image.setdefault(image, []).append(clearness[means])
    # The image that shows the most of its settings, the clearest of these, the first by name
    best = min(
        by_image, key=lambda name: (-len(by_image[name]), -min(by_image[name]), name), default=None
    )
    return Sight(
        noticed=bool(shown)
        and all(any(means in one for one in noticed.clearness.values()) for noticed in shown),
        images=len(by_image),
        best=best,
    )


def _why_not(one: Covered) -> str:
    if not one.golden:
        return "with these settings and this network there is no such mistake to make"
    return "with these settings and this network it changes nothing, on any kind of image"


def shows(noticed: Noticed) -> bool:
    """Whether a trace of any of the images shows it."""
    return any("trace" in clearness for clearness in noticed.clearness.values())
