"""A diagnosis in the terminal: what is wrong, how sure that is, and what to do about it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ml_ci.parity.diagnosis.finding import Cost, Diagnosis, Finding
from ml_ci.parity.result import ParityResult

SHOWN = 10
"""Causes told of a kind; the JSON has all of them."""


def print_diagnosis(console: Console, result: ParityResult, diagnosis: Diagnosis) -> None:
    """The whole in the console's width."""
    head = Text(f"{result.target}: ").append(diagnosis.verdict, style="bold")
    console.print(head.append(f": {result.sentence}"))
    for finding in diagnosis.findings:
        console.print()
        for line in finding_lines(finding):
            console.print(Text(line))
    for shape in diagnosis.shapes:
        console.print(Text(f"\nat {shape.step} no known fault explains all: {shape.sentence}"))
    _print_possible(console, diagnosis)
    if diagnosis.not_tried:
        console.print(Text(f"\nnot tried within the budget: {diagnosis.not_tried}"))
    if diagnosis.passes:
        spent = f"{diagnosis.passes:.1f} passes over the images, {diagnosis.seconds:.1f} s"
        console.print(Text(f"\n{spent}", style="dim"))


def finding_lines(finding: Finding) -> list[str]:
    """One finding in a few lines."""
    percent = int(finding.explained * 100)
    how = (
        f"explains {finding.images} of {finding.of} images down to noise"
        if finding.whole
        else f"best partial explanation, {percent} % of the difference"
    )
    lines = [f"{finding.step}: {finding.said} ({finding.fault})", f"  {how}"]
    if finding.residual is not None and finding.allowed is not None:
        lines.append(f"  left over {finding.residual:.2g}, allowed {finding.allowed:.2g}")
    if finding.together:
        lines.append(f"  together with: {'; '.join(finding.together)}")
    lines.append(f"  in the server: {finding.remedy.server}")
    if finding.remedy.script:
        lines.append(f"  or here, if the server is right: {finding.remedy.script}")
    if finding.cost is not None:
        lines.append(f"  costs {cost_in_words(finding.cost)}")
    lines += [f"  as well: {one}" for one in finding.equivalent[:SHOWN]]
    more = len(finding.equivalent) - SHOWN
    return lines if more <= 0 else [*lines, f"  and {more} more"]


def cost_in_words(cost: Cost) -> str:
    """`-1.2 points of accuracy (95 %: -2.0 to -0.4), 31 of 397 test images answered otherwise`."""
    interval = ""
    if cost.interval is not None:
        interval = f" (95 %: {cost.interval.low:+.1f} to {cost.interval.high:+.1f})"
    flipped = f"{cost.flipped} of {cost.images} test images answered otherwise"
    return f"{cost.points:+.1f} points of accuracy{interval}, {flipped}"


def _print_possible(console: Console, diagnosis: Diagnosis) -> None:
    if not diagnosis.possible:
        return
    count = len(diagnosis.possible)
    console.print(Text(f"\nclass names alone do not tell a cause; {count} remain possible:"))
    for cause in diagnosis.possible[:SHOWN]:
        console.print(Text(f"  {cause}"))
    if count > SHOWN:
        console.print(Text(f"  and {count - SHOWN} more"))
