"""Curves: loss and accuracy per epoch, as the training that gave the weights wrote them."""

from __future__ import annotations

import csv
import math
import re
from itertools import pairwise
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.changes.result import NAMED, PLAIN, STEPS, Curve

_FOLDER = Path("plots/metrics")  # where DVCLive puts one table per metric


def read_curves(folder: Path = paths.CURVES) -> tuple[Curve, ...]:
    """All curves below ``folder``, by name; what cannot be read is left out.

    Pretrained weights have none.
    """
    tables = {
        table.relative_to(folder / _FOLDER).with_suffix("").as_posix(): table
        for table in sorted((folder / _FOLDER).rglob("*.tsv"))
    }
    found = [(name, _values(table)) for name, table in tables.items() if re.fullmatch(PLAIN, name)]
    return tuple(_curve(name, values) for name, values in found[:NAMED] if values)


def _values(table: Path) -> list[float]:
    """The second column; empty when it is not a table of finite numbers."""
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="\t"))
        values = [float(row[1]) for row in rows[1:]]
    except (OSError, ValueError, IndexError, csv.Error):
        return []
    return values if all(map(math.isfinite, values)) else []


def _curve(name: str, values: list[float]) -> Curve:
    best = min(values) if name.endswith("loss") else max(values)
    return Curve(
        name=name,
        epochs=len(values),
        values=tuple(_thinned(values)),
        first=values[0],
        last=values[-1],
        best=best,
        best_epoch=values.index(best) + 1,
    )


def _thinned(values: list[float]) -> list[float]:
    """At most `STEPS` values: means of equally many neighbours, as nearly as it goes."""
    if len(values) <= STEPS:
        return values
    edges = [round(step * len(values) / STEPS) for step in range(STEPS + 1)]
    parts = [values[start:stop] for start, stop in pairwise(edges)]
    return [sum(part) / len(part) for part in parts]
