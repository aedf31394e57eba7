"""A diagnosis in the terminal: what is wrong, what to do, what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ml_ci.parity.diagnosis.finding import Cost, Diagnosis, Finding

_OTHERS = 3  # equivalent causes that are told; the JSON has all
_POSSIBLE = 20


def print_diagnosis(console: Console, diagnosis: Diagnosis) -> None:
    """Finding by finding, then what nothing explains, then what was not tried."""
    for finding in diagnosis.findings:
        console.print(Text(headline(finding), style="bold"))
        for line in details(finding):
            console.print(Text(f"  {line}"))
    for shape in diagnosis.shapes:
        console.print(Text(f"at {shape.step}: no known fault explains all of it; {shape.sentence}"))
    if diagnosis.possible:
        count = len(diagnosis.possible)
        console.print(Text(f"class names alone leave {count} causes possible:"))
        for cause in diagnosis.possible[:_POSSIBLE]:
            console.print(Text(f"  {cause}"))
    if diagnosis.not_tried:
        console.print(Text(f"not tried, for want of time: {diagnosis.not_tried}"))
    spent = f"{diagnosis.seconds:.0f} s, {diagnosis.passes:.0f} passes over the golden set"
    console.print(Text(spent, style="dim"))


def headline(finding: Finding) -> str:
    """`at resized: nearest instead of bilinear`, or that it is the best partial explanation."""
    if finding.whole:
        return f"at {finding.step}: {finding.said}"
    share = f"{finding.explained:.0%}"
    return f"at {finding.step}, best partial explanation, {share}: {finding.said}"


def details(finding: Finding) -> Iterator[str]:
    """A line each: how sure it is, what else it could be, what to do, what it costs."""
    left = "" if finding.residual is None else f", {finding.residual:.3g} left"
    allowed = "" if finding.allowed is None else f" where {finding.allowed:.3g} is noise"
    images = f"explains {finding.images} of {finding.of} images"
    yield f"{images}, {finding.explained:.1%} of the difference{left}{allowed}"
    if finding.together:
        yield f"together with {'; '.join(finding.together)}"
    if finding.equivalent:
        shown = "; ".join(finding.equivalent[:_OTHERS])
        more = len(finding.equivalent) - _OTHERS
        yield f"would do the same: {shown}" + (f"; and {more} more" if more > 0 else "")
    yield f"in the server: {finding.remedy.server}"
    if finding.remedy.script:
        yield f"or here: {finding.remedy.script}"
    if finding.cost is not None:
        yield cost_in_words(finding.cost)


def cost_in_words(cost: Cost) -> str:
    """`costs 1.3 points of accuracy (−2.1 to −0.5) and flips 12 of 400 test images`."""
    low_high = (
        ""
        if cost.interval is None
        else f" (95 %: {cost.interval.low:+.1f} to {cost.interval.high:+.1f})"
    )
    flips = f"{cost.flipped} of {cost.images} test images get another class"
    return f"accuracy {cost.points:+.1f} points{low_high}; {flips}"
