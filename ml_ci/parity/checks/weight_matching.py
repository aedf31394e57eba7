"""Matching: which tensor of one file stands for which of another.

By name first; then by a name that only a prefix tells apart (``network.0.weight`` and
``0.weight``); what is left, within one shape, by content.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ml_ci.artifacts.tensors import Tensor, Tensors, Values
from ml_ci.parity.checks.weight_relation import ALIKE, correlation

_MOST = 20_000  # pairs of one shape that are compared by content; beyond, names have to do
# What frameworks store in another order of axes, as the reference's: a dense layer the other way
# round; kernels height, width, in, out or out, height, width, in instead of out, in, height, width.
_AXES: dict[int, tuple[tuple[int, ...], ...]] = {
    0: ((),),
    1: ((0,),),
    2: ((0, 1), (1, 0)),
    3: ((0, 1, 2), (2, 1, 0), (0, 2, 1)),
    4: ((0, 1, 2, 3), (3, 2, 0, 1), (0, 3, 1, 2)),
}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two tensors that stand for the same."""

    name: str
    """The reference's."""
    other: str
    """The target's."""
    ours: Tensor
    theirs: Tensor
    """In the reference's order of axes."""
    turned: bool
    """Stored in another order of axes, or without those of length one."""


@dataclass(kw_only=True)
class Matching:
    """Pairs, and what has no counterpart yet; grows while it is matched."""

    ours: dict[str, Tensor]
    theirs: dict[str, Tensor]
    pairs: list[Pair]

    @classmethod
    def of(cls, reference: Tensors, target: Tensors) -> Matching:
        """By name: the same, or one that ends with the other as no third does."""
        matching = cls(ours=dict(reference), theirs=dict(target), pairs=[])
        matching.take((name, name) for name in reference if name in target)
        matching.take(_same_endings(matching.ours, matching.theirs))
        return matching

    def take(self, names: Iterable[tuple[str, str]]) -> None:
        """Make pairs of these, where their shapes allow."""
        for name, other in list(names):
            values = aligned(self.ours[name].values, self.theirs[other].values)
            if values is None:
                continue
            ours, theirs = self.ours.pop(name), self.theirs.pop(other)
            self.pairs.append(
                Pair(
                    name=name,
                    other=other,
                    ours=ours,
                    theirs=Tensor(values=values, stored=theirs.stored),
                    turned=not np.array_equal(values, theirs.values, equal_nan=True),
                )
            )

    def take_by_content(self) -> None:
        """Pairs of what is left: the most alike of each shape, or the only ones of it."""
        for names, others in _by_shape(self.ours, self.theirs):
            self.take(_most_alike(self.ours, self.theirs, names, others))
            rest = [n for n in names if n in self.ours], [o for o in others if o in self.theirs]
            # A vector may be anything of that length; a single matrix of one shape hardly is
            if (
                len(rest[0]) == len(rest[1]) == 1
                and self.ours[rest[0][0]].values.squeeze().ndim > 1
            ):
                self.take([(rest[0][0], rest[1][0])])


def aligned(ours: Values, theirs: Values) -> Values | None:
    """``theirs`` in the shape of ``ours``; None where no order of axes gives it.

    As it is stored, unless another order makes it clearly the same.
    """
    shape, flat = ours.squeeze().shape, theirs.squeeze()
    ways = [flat.transpose(axes) for axes in _AXES.get(flat.ndim, (tuple(range(flat.ndim)),))]
    fitting = [way.reshape(ours.shape) for way in ways if way.shape == shape]
    alike = [way for way in fitting if correlation(ours, way) >= ALIKE]
    return max(alike, key=lambda way: correlation(ours, way), default=next(iter(fitting), None))


def _same_endings(ours: Tensors, theirs: Tensors) -> list[tuple[str, str]]:
    parts = {name: _parts(name) for name in (*ours, *theirs)}
    found = [
        (name, other) for name in ours for other in theirs if _ends_alike(parts[name], parts[other])
    ]
    names, others = Counter(name for name, _ in found), Counter(other for _, other in found)
    return [(name, other) for name, other in found if names[name] == others[other] == 1]


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[./:]", name) if part)


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    length = min(len(one), len(other))
    return length > 0 and one[-length:] == other[-length:]


def _by_shape(ours: Tensors, theirs: Tensors) -> Iterator[tuple[list[str], list[str]]]:
    """Names on both sides of tensors with the same sides, in whatever order."""
    groups: defaultdict[tuple[int, ...], tuple[list[str], list[str]]] = defaultdict(
        lambda: ([], [])
    )
    for side, tensors in enumerate((ours, theirs)):
        for name, tensor in tensors.items():
            groups[tuple(sorted(tensor.values.squeeze().shape))][side].append(name)
    return (group for group in list(groups.values()) if group[0] and group[1])


def _most_alike(
    ours: Tensors, theirs: Tensors, names: list[str], others: list[str]
) -> list[tuple[str, str]]:
    if len(names) * len(others) > _MOST:
        return []
    likeness = []
    for name in names:
        for other in others:
            values = aligned(ours[name].values, theirs[other].values)
            if values is not None:
                likeness.append((correlation(ours[name].values, values), name, other))
    taken: set[str] = set()
    pairs = []
    for alike, name, other in sorted(likeness, key=lambda one: -one[0]):
        if alike >= ALIKE and f"ours {name}" not in taken and f"theirs {other}" not in taken:
            taken |= {f"ours {name}", f"theirs {other}"}
            pairs.append((name, other))
    return pairs
