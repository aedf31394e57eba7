"""Counting: alarms per independent variant, with exact intervals, as the tables of the page."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from benchmarks.false_alarms.power import ROUNDINGS, Noticed

Row = tuple[str, ...]
CONFIDENCE = 0.95
HEADINGS: Row = (
    "configurations",
    "variants",
    "of them other bits than the reference",
    "distinct",
    "alarms",
    "95 % interval",
    "largest own error ÷ allowed",
)
POWER_HEADINGS: Row = (
    "fault at",
    "scale noticed, of the weakest network",
    "of half of them",
    *(f"{name} noticed" for name in ROUNDINGS),
    "scale noticed from outside, weakest",
    "half",
    *(f"{name} noticed from outside" for name in ROUNDINGS),
)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One network under one configuration."""

    subject: str
    configuration: str
    group: str
    answer: str
    """Hash of all its float rungs: variants with the same are one observation, not two."""
    same_bits: bool
    """As the reference, everywhere."""
    alarms: tuple[str, ...]
    """What was said, by the way of looking; empty where nothing was."""
    ratio: float
    """Largest own error ÷ allowed, of all rungs and looks."""


def table(variants: Sequence[Variant]) -> list[Row]:
    """A row per group, and one over all of them."""
    groups = list(dict.fromkeys(one.group for one in variants))
    rows = [_row(group, [one for one in variants if one.group == group]) for group in groups]
    return [*rows, _row("**all**", variants)]


def power_table(noticed: Sequence[Noticed]) -> list[Row]:
    """A row per rung, over all networks."""
    steps = list(dict.fromkeys(one.step for one in noticed))
    return [_power_row(step, [one for one in noticed if one.step == step]) for step in steps]


def distinct(variants: Iterable[Variant]) -> list[Variant]:
    """One of each answer that is not the reference's own, one that alarms if any does."""
    kept: dict[tuple[str, str], Variant] = {}
    for one in variants:
        key = (one.subject, one.answer)
        if not one.same_bits and (key not in kept or one.alarms):
            kept[key] = one
    return list(kept.values())


def interval(alarms: int, variants: int) -> str:
    """Clopper–Pearson's, in per cent."""
    if not variants:
        return "–"
    low, high = binomtest(alarms, variants).proportion_ci(CONFIDENCE, method="exact")
    return f"{_percent(low)}–{_percent(high)} %"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.2g}"


def _row(name: str, variants: Sequence[Variant]) -> Row:
    apart = distinct(variants)
    alarms = sum(bool(one.alarms) for one in apart)
    same = sum(bool(one.alarms) for one in variants if one.same_bits)
    return (
        name,
        str(len(variants)),
        str(sum(not one.same_bits for one in variants)),
        str(len(apart)),
        str(alarms) + (f" and {same} of the reference's own bits" if same else ""),
        interval(alarms, len(apart)),
        f"{max((one.ratio for one in variants), default=0.0):.2f}",
    )


def _power_row(step: str, noticed: Sequence[Noticed]) -> Row:
    inside = [one.scale for one in noticed]
    outside = [one.scale_outside for one in noticed]
    return (
        f"`{step}`",
        _scale(min(inside)),
        _scale(statistics.median_low(inside)),
        *(_share([one.rounded[name] for one in noticed]) for name in ROUNDINGS),
        _scale(min(outside)),
        _scale(statistics.median_low(outside)),
        *(_share([one.rounded_outside[name] for one in noticed]) for name in ROUNDINGS),
    )


def _scale(exponent: int) -> str:
    return f"1 + 2^-{exponent}" if exponent else "none"


def _share(noticed: Sequence[bool]) -> str:
    return f"{sum(noticed)} of {len(noticed)}"
