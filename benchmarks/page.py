"""The page: docs/benchmark.md, a section of it per benchmark, between markers."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from benchmarks.figures import Figure, Result, shown, verdict
from ml_ci.artifacts.files import write_bytes

PAGE = Path("docs/benchmark.md")
COLUMNS = ("", "median", "lowest", "highest", "times", "goal")


def terminal_table(result: Result) -> Table:
    """For the one who waits."""
    table = Table(*COLUMNS, title=result.name, title_justify="left")
    for figure in result.figures:
        table.add_row(*_cells(figure))
    return table


def markdown(result: Result, machine: str) -> str:
    """The table, what held in this run, and the machine it is true for."""
    lines = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    lines += [_row(_cells(figure)) for figure in result.figures]
    lines += ["", *(f"- {note}" for note in result.notes), f"- {machine}"]
    return "\n".join(lines)


def not_measured(reason: str, machine: str) -> str:
    """In place of figures."""
    return f"**Not measured: {reason}.**\n\n- {machine}"


def replaced(page: str, name: str, content: str) -> str:
    """The page with ``content`` between the markers of ``name``; everything else stays.

    Raises ValueError when the page has not exactly one pair of them.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end or begin in after:
        raise ValueError(f"{PAGE} needs one pair of lines `{begin.strip()}` and `{end}`")
    return f"{before}{begin}\n{content}\n\n{end}{after}"


def write_section(root: Path, name: str, content: str) -> None:
    """Put ``content`` into the page of the repository at ``root``."""
    page = root / PAGE
    text = replaced(page.read_text(encoding="utf-8"), name, content)
    write_bytes(page, text.encode())


def _cells(figure: Figure) -> tuple[str, ...]:
    numbers = (figure.median, min(figure.values), max(figure.values))
    texts = [shown(number, figure.unit) for number in numbers]
    return (figure.name, *texts, str(len(figure.values)), verdict(figure))


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
