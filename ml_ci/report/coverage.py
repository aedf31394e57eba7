"""Coverage in the terminal: the score, the blind spots, and what could be done about them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ml_ci.parity.coverage.covering import sight_of
from ml_ci.parity.coverage.noticing import MEANS
from ml_ci.parity.coverage.result import Coverage, FaultCoverage, Share

SHOWN = 20
"""Blind spots and images told; the JSON has all of them."""
_WORDS = {
    "trace": "from a trace (every rung)",
    "probabilities": "from its probabilities",
    "labels": "from its labels alone",
}


def print_coverage(console: Console, coverage: Coverage) -> None:
    """The whole in the console's width."""
    shares = {
        "trace": coverage.trace,
        "probabilities": coverage.probabilities,
        "labels": coverage.labels,
    }
    console.print(f"{coverage.images} golden images; of a server that makes one mistake:")
    for means in MEANS:
        console.print(Text(f"  {_WORDS[means]:<28}{in_words(shares[means])}"))
    _print_blind(console, coverage.blind_spots)
    hidden = [one for one in coverage.faults if not one.detectable]
    if hidden:
        console.print(Text(f"\n{len(hidden)} cannot be noticed here by any image:"))
        for one in hidden[:SHOWN]:
            console.print(Text(f"  {one.step}: {one.title} ({one.reason})"))
        _print_more(console, len(hidden))
    few, all_ = len(coverage.smallest), coverage.images
    console.print(Text(f"\n{few} of {all_} images notice as much from a trace as all of them:"))
    console.print(Text("  " + _named(coverage.smallest)))


def in_words(share: Share) -> str:
    """`98 of 104 mistakes would be noticed (94 %)`."""
    # Rounded down: 100 % is all of them
    percent = int(share.score * 100)
    return f"{share.noticed} of {share.faults} mistakes would be noticed ({percent} %)"


def blind_in_words(one: FaultCoverage) -> str:
    """One blind spot with the kind of image that is missing."""
    return (
        f"{one.step}: {one.title}: a server that does it would pass ({one.unnoticed}); "
        f"missing: {one.missing}"
    )


def coverage_table(faults: Iterable[FaultCoverage]) -> Table:
    """Fault by fault: the best image by every means."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("step", "fault", *MEANS):
        table.add_column(heading)
    for fault in faults:
        best = [sight_of(fault, means).best or "–" for means in MEANS]
        table.add_row(fault.step, fault.fault, *best, style="" if fault.detectable else "dim")
    return table


def _print_blind(console: Console, blind: tuple[FaultCoverage, ...]) -> None:
    if not blind:
        return
    console.print(Text(f"\n{len(blind)} blind spots:", style="bold yellow"))
    for one in blind[:SHOWN]:
        console.print(Text(f"  {blind_in_words(one)}"))
    _print_more(console, len(blind))


def _print_more(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(Text(f"  and {count - SHOWN} more"))


def _named(names: tuple[str, ...]) -> str:
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
