"""A problem of a dump: what cannot be used, where it lies, and what to do about it."""

from __future__ import annotations

from ml_ci.errors import printable

SENTENCES = 50  # more than anybody reads; what stands behind them is mostly the same mistake


class DumpError(Exception):
    """Something in a dump that cannot be used; whoever catches it adds where it lies.

    ``what`` and ``fix`` name no file, so that the same mistake in a thousand files is told once.
    """

    def __init__(self, what: str, *, fix: str) -> None:
        self.what = what
        self.fix = fix
        super().__init__(f"{what}; {fix}")


class Problems:
    """Collects them; what is wrong in the same way becomes one sentence."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], list[str]] = {}

    def add(self, place: str, problem: DumpError) -> None:
        """Note that what lies at ``place`` cannot be used."""
        self._places.setdefault((problem.what, problem.fix), []).append(place)

    def sentences(self) -> tuple[str, ...]:
        """One per kind of problem, in the order they were met; beyond SENTENCES only their number.

        Each says where, what and how to fix it, and prints on one line.
        """
        told = [
            printable(f"{places[0]}{_others(len(places) - 1)}: {what}; {fix}")
            for (what, fix), places in self._places.items()
        ]
        left = len(told) - SENTENCES
        return (*told[:SENTENCES], f"… and {left} more") if left > 0 else tuple(told)


def _others(count: int) -> str:
    if count == 0:
        return ""
    return f" and {count} other{'s' if count > 1 else ''}"
