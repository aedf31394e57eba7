"""Figures: what was measured several times, as a ratio where that can be, with its goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One quantity, measured once or more."""

    name: str
    values: tuple[float, ...]
    unit: str
    """s | MB | × | KB/image …"""
    at_most: float | None = None
    """The goal, for the median; or"""
    at_least: float | None = None

    @property
    def median(self) -> float:
        """Of all repetitions."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the goal is; None without one."""
        if self.at_most is not None:
            return self.median <= self.at_most
        return None if self.at_least is None else self.median >= self.at_least


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one benchmark found out."""

    name: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    """What held in this run: sentences."""


class NotMeasured(Exception):  # noqa: N818 - no error: this machine lacks what it takes
    """Why a benchmark cannot run here; its one argument says it."""


def seconds(name: str, values: Sequence[float]) -> Figure:
    """Times of a repeated act."""
    return Figure(name=name, values=tuple(values), unit="s")


def ratio(
    name: str,
    numerator: Sequence[float],
    denominator: Sequence[float],
    at_most: float | None,
    at_least: float | None = None,
) -> Figure:
    """One ratio per repetition: both halves of it ran next to each other, under the same load.

    Raises ValueError when the repetitions do not pair up.
    """
    values = tuple(above / below for above, below in zip(numerator, denominator, strict=True))
    return Figure(name=name, values=values, unit="×", at_most=at_most, at_least=at_least)


def shown(value: float, unit: str) -> str:
    """With as many digits as mean something."""
    digits = 2 if unit == "×" or abs(value) < 10 else 1
    return f"{value:.{digits}f}" if unit == "×" else f"{value:.{digits}f} {unit}"


def verdict(figure: Figure) -> str:
    """The goal and whether it is met, or by how much not; empty without a goal."""
    wanted, sign = (figure.at_most, "≤") if figure.at_least is None else (figure.at_least, "≥")
    if wanted is None:
        return ""
    goal = f"{sign} {shown(wanted, figure.unit)}"
    if figure.met:
        return f"{goal}: met"
    return f"{goal}: missed by {shown(abs(figure.median - wanted), figure.unit)}"
