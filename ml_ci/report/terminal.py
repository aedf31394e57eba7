"""A comparison in the terminal: the verdict, the ladder, and the images to look at first."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ml_ci.parity.check import Outcome
from ml_ci.parity.result import ParityResult, StepResult, Verdict
from ml_ci.report.checks import checks_summary, open_checks, relevant_entries
from ml_ci.report.ladder import rung_mark, worst_images
from ml_ci.report.served import in_a_line, served_accuracy

IMAGES = 3
"""Images shown; the JSON has the rest."""
WORD: dict[Outcome, str] = {"differs": "✗", "unknown": "?", "note": "i", "agrees": "✓"}
_STYLE_OF: dict[Outcome, str] = {"differs": "bold red", "unknown": "bold yellow"}
_STYLE: dict[Verdict, str] = {
    "pass": "green",
    "differs": "bold red",
    "unexplained": "bold red",
    "incomplete": "bold yellow",
}


def print_parity(console: Console, result: ParityResult) -> None:
    """The whole result in the console's width, with colours on a terminal only."""
    verdict = Text(f"{result.target}: ").append(result.verdict, style=_STYLE[result.verdict])
    console.print(verdict.append(f": {result.sentence}"))
    console.print()
    console.print(_ladder(result))
    console.print()
    _print_checks(console, result)
    for one in worst_images(result)[:IMAGES]:
        console.print(Text(f"{one.image}: {one.message}"))
    for failure in result.failures[:IMAGES]:
        console.print(Text(f"{failure.image}: not compared: {failure.message}"))
    more = len(result.failures) - IMAGES
    if more > 0:
        console.print(Text(f"and {more} more that could not be compared"))


def _print_checks(console: Console, result: ParityResult) -> None:
    """What differs and what is not known, each with its evidence; of the rest how much it is."""
    if not result.checks:
        return
    served = served_accuracy(result)
    if served is not None:
        console.print(Text(f"accuracy: {in_a_line(served)}"))
    console.print(Text(f"checks: {checks_summary(result.checks)}"))
    for row in open_checks(result.checks):
        word = Text(f"  {WORD[row.outcome]} ", style=_STYLE_OF[row.outcome])
        console.print(word.append(f"{row.names}: {row.evidence}", style=""))
    for name in relevant_entries(result):
        evidence = next(one.evidence for one in result.checks if one.name == name)
        console.print(Text(f"  can matter at {result.first_step}: {name}: {evidence}"))
    console.print()


def _ladder(result: ParityResult) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("step")
    for heading in ("", "images", "own error", "allowed", "inherited"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("judged from")
    for step in result.steps:
        style = "red" if step.images else "" if step.compared else "dim"
        table.add_row(*_row(step), style=style)
    return table


def _row(step: StepResult) -> tuple[str, ...]:
    if not step.compared:
        return step.step, "○", *[""] * 5
    numbers = (step.own, step.allowed, step.inherited)
    shown = ["" if number is None else f"{number:.3g}" for number in numbers]
    mark = rung_mark(step).split(" ")[0]
    since = step.since if step.since not in (None, step.step) else ""
    return step.step, mark, f"{step.images} of {step.compared}", *shown, since or ""
