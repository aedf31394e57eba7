"""The study's section of docs/benchmark.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.false_alarms.counting import (
    HEADINGS,
    POWER_HEADINGS,
    Row,
    distinct,
    interval,
    power_table,
    table,
)
from benchmarks.false_alarms.study import Outcome

_LEFT_OUT = 5  # more reasons nobody reads; all of them are in the file beside


def markdown(outcome: Outcome, pictures: int, machine: str) -> str:
    """The sentence that counts, both tables, and what they are true for."""
    apart = distinct(outcome.variants)
    alarms = sum(bool(one.alarms) for one in outcome.variants)
    configurations = len({one.configuration for one in outcome.variants})
    counted = sum(bool(one.alarms) for one in apart)
    lines = [
        f"**False alarms: {alarms} of {len(outcome.variants)} clean variants** "
        f"({len(outcome.made)} networks, "
        f"{configurations} configurations, {pictures} pictures each). "
        f"Of the {len(apart)} that are observations of their own, "
        f"{counted} were alarms, "
        f"95 % interval {interval(counted, len(apart))}.",
        "",
        *_table(HEADINGS, table(outcome.variants)),
    ]
    if outcome.noticed:
        lines += ["", *_table(POWER_HEADINGS, power_table(outcome.noticed))]
    lines += ["", *(f"- alarm: {one}" for one in _alarms(outcome))]
    lines += [f"- not run: {reason}" for reason in outcome.left_out[:_LEFT_OUT]]
    if len(outcome.left_out) > _LEFT_OUT:
        lines.append(f"- not run: {len(outcome.left_out) - _LEFT_OUT} more")
    return "\n".join([*lines, f"- {machine}"])


def _alarms(outcome: Outcome) -> list[str]:
    return [
        f"{one.configuration} on {one.subject}: {one.alarms[0]}"
        for one in outcome.variants
        if one.alarms
    ]


def _table(headings: Row, rows: Sequence[Row]) -> list[str]:
    return [_line(headings), _line(["---"] * len(headings)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
