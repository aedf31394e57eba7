"""A cover: few images that together notice all that many do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set

# Chvátal, A greedy heuristic for the set-covering problem, 1979: at most ln(n) + 1 times as many
# images as the fewest there could be.


def greedy_cover(noticed: Mapping[str, Set[Hashable]]) -> tuple[str, ...]:
    """Names from ``noticed`` (image → what it notices), the one that adds most first.

    Of equal ones the first by name, so that the order in which images are given does not matter.
    """
    missing = set().union(*noticed.values()) if noticed else set()
    chosen: list[str] = []
    while missing:
        best = min(noticed, key=lambda name: (-len(missing & noticed[name]), name))
        chosen.append(best)
        missing -= noticed[best]
    return tuple(chosen)


def needless(noticed: Mapping[str, Set[Hashable]]) -> tuple[str, ...]:
    """Images without any one of which nothing goes unnoticed, sorted by name."""
    counts: dict[Hashable, int] = {}
    for what in noticed.values():
        for one in what:
            counts[one] = counts.get(one, 0) + 1
    return tuple(sorted(name for name, what in noticed.items() if all(counts[x] > 1 for x in what)))
