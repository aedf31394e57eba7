"""Classes in another order: what a wrong list of them does to a vector of scores.

``order`` says where each entry comes from: made[:, j] = given[:, order[j]].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fitting import Floats

Kind = Literal["sorted", "shifted", "exchanged"]
_NOISE = 1e-5
"""Of the largest score: what two columns may be apart and still be one."""


@dataclass(frozen=True, kw_only=True)
class ClassOrder:
    """One order, and what is behind it."""

    kind: Kind
    said: str
    order: tuple[int, ...]

    def __call__(self, scores: NDArray[Any]) -> NDArray[Any]:
        """(N, K) → (N, K). Raises StepError for another number of classes."""
        if scores.ndim != 2 or scores.shape[1] != len(self.order):
            raise StepError(f"there are not {len(self.order)} scores per image")
        return np.ascontiguousarray(scores[:, list(self.order)])


def usual_orders(names: Sequence[str]) -> list[ClassOrder]:
    """Those that have a reason, each once, without the reference's own."""
    places = list(range(len(names)))
    sortings: tuple[tuple[str, list[int]], ...] = (
        ("alphabetical", sorted(places, key=lambda at: names[at])),
        ("numeric", sorted(places, key=lambda at: _numbers_first(names[at]))),
        ("alphabetical (capitals as small letters)", _by_letters(names)),
    )
    found = []
    for word, listed in sortings:
        said = f"classes in {word} order in the server's list"
        found.append(ClassOrder(kind="sorted", said=said, order=inverse(listed)))
        said = f"the network's classes in {word} order, the server's list in the script's"
        found.append(ClassOrder(kind="sorted", said=said, order=tuple(listed)))
    for by, said in ((1, "the class after"), (-1, "the class before")):
        said = f"every class named as {said} it: the list is off by one"
        order = tuple(np.roll(places, by).tolist())
        # made[j] = given[j - by]: the score of class i is told as that of class i + by
        found.append(ClassOrder(kind="shifted", said=said, order=order))
    backwards = tuple(reversed(places))
    found.append(ClassOrder(kind="exchanged", said="classes in the reverse order", order=backwards))
    return _each_once(found, tuple(places))


def estimated(given: Floats, made: Floats, names: Sequence[str]) -> ClassOrder | None:
    """The order that brings (N, K) nearest to (N, K), one with a reason where it does as well;
    None when that is the reference's."""
    apart = ((given[:, :, None] - made[:, None, :]) ** 2).sum(axis=0)  # [ours, theirs]
    ours, theirs = linear_sum_assignment(apart)
    order = np.empty(len(names), int)
    order[theirs] = ours
    allowed = _cost(apart, order) + made.size * (_NOISE * np.abs(made).max(initial=1.0)) ** 2
    if _cost(apart, np.arange(len(names))) <= allowed:
        return None
    for usual in usual_orders(names):
        if _cost(apart, np.asarray(usual.order)) <= allowed:
            return usual
    return ClassOrder(
        kind="exchanged",
        said=f"classes exchanged: {exchanged(order.tolist(), names)}",
        order=tuple(order.tolist()),
    )


def exchanged(order: Sequence[int], names: Sequence[str]) -> str:
    """At most four of those that are told as another one: `cat as dog`."""
    moved = [f"{names[source]} as {names[at]}" for at, source in enumerate(order) if at != source]
    more = [f"{len(moved) - 4} more"] if len(moved) > 4 else []
    return ", ".join(moved[:4] + more)


def inverse(order: Sequence[int]) -> tuple[int, ...]:
    """Back again."""
    return tuple(np.argsort(order).tolist())


def _each_once(found: Sequence[ClassOrder], right: tuple[int, ...]) -> list[ClassOrder]:
    known = {right}
    once = []
    for one in found:
        if one.order not in known:
            known.add(one.order)
            once.append(one)
    return once


def _cost(apart: Floats, order: NDArray[Any]) -> float:
    return float(apart[order, np.arange(len(order))].sum())


def _numbers_first(name: str) -> list[tuple[int, int | str]]:
    """Digits within a name by their value: 2 before 10."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]


def _by_letters(names: Sequence[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda at: names[at].casefold())
