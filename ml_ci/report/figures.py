"""Figures: numbers, small charts and the drawing in the text of a comment.

Everything is text that reads well where pictures cannot be shown; nothing here comes from data but
numbers and names that the models hold to letters.
"""

from __future__ import annotations

from ml_ci.artifacts.paired import Interval
from ml_ci.changes.result import Curve, Drawing, MetricChange, Size

_BLOCKS = "▁▂▃▄▅▆▇█"
_TO = "\u00a0…\u00a0"  # between the ends of an interval, which stay in one line
_UNITS = ("bytes", "kB", "MB", "GB")


def signed(value: float | None, decimals: int = 4) -> str:
    """With its sign, a real minus; zero has none."""
    if value is None:
        return "–"
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return "0"
    return ("+" if value > 0 else "−") + text


def metric_value(value: float | None, interval: Interval | None) -> str:
    """A metric and its 95 % interval, as a table cell."""
    if value is None:
        return "–"
    if interval is None:
        return f"{value:.4f}"
    return f"{value:.4f} ({interval.low:.4f}{_TO}{interval.high:.4f})"


def metric_change(metric: MetricChange) -> str:
    """The change and its 95 % interval, as a table cell."""
    compared = metric.compared
    if compared is None or compared.change_interval is None:
        return signed(None if compared is None else compared.change)
    low, high = compared.change_interval.low, compared.change_interval.high
    return f"{signed(compared.change)} ({signed(low)}{_TO}{signed(high)})"


def metric_title(metric: MetricChange, classes: int) -> str:
    """Its name; and over how many of the ``classes`` it is compared where that is not all."""
    compared = metric.compared
    if compared is None or compared.classes in (None, classes):
        return metric.name
    over = f"{compared.classes} of {classes} classes"
    return f"{metric.name} (compared over the {over} that have images there)"


def size(value: Size) -> str:
    """Bytes now, and in the base where they are known."""
    if value.base is None:
        return in_bytes(value.value)
    if value.value == value.base:
        return f"{in_bytes(value.value)}, as in the base"
    return f"{in_bytes(value.value)}, {in_bytes(value.base)} in the base"


def in_bytes(count: int) -> str:
    """Decimal units, three significant digits."""
    number, unit = float(count), 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.3g} {_UNITS[unit]}"


def charts(curves: tuple[Curve, ...]) -> tuple[str, ...]:
    """One line per curve: its name, its blocks, and the values that matter."""
    width = max((len(curve.name) for curve in curves), default=0)
    return tuple(
        f"{curve.name:<{width}}  {blocks(curve.values)}  {curve.first:.3g} → {curve.last:.3g}, "
        f"best {curve.best:.3g} in epoch {curve.best_epoch} of {curve.epochs}"
        for curve in curves
    )


def blocks(values: tuple[float, ...]) -> str:
    """A block per value, the lowest the smallest."""
    low, high = min(values), max(values)
    if low == high:
        return _BLOCKS[0] * len(values)
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((value - low) / (high - low) * top)] for value in values)


def mermaid(drawing: Drawing) -> str:
    """The pipeline in Mermaid's language, fenced."""
    number = {stage: f"s{position}" for position, stage in enumerate(drawing.stages)}
    lines = [f'  {number[stage]}["{stage}"]' for stage in drawing.stages]
    lines += [
        f"  {number[edge.earlier]} --> {number[edge.later]}"
        for edge in drawing.edges
        if edge.earlier in number and edge.later in number
    ]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```"])
