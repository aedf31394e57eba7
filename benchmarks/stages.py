"""The stages: how long each takes as a process of its own, and how much of it is imports."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.engine import forget_layers
from benchmarks.figures import Figure, Result, seconds
from benchmarks.workplace import DVC, Workplace
from ml_ci.artifacts import paths


def measure(workplace: Workplace) -> Result:
    """Every stage after the other, each next to a process that only imports what it imports."""
    folder, _ = workplace.clone("stages")
    workplace.processes.output(*DVC, "pull", "--quiet", folder=folder)
    names = _stages(folder)
    whole: dict[str, list[float]] = {name: [] for name in names}
    imports: dict[str, list[float]] = {name: [] for name in names}
    for repetition in range(workplace.repetitions):
        workplace.say(f"repetition {repetition + 1} of {workplace.repetitions}")
        forget_layers(folder / paths.DOCKERFILE)
        for name in names:
            imports[name].append(_python(workplace, folder, "-c", f"import ml_ci.stages.{name}"))
            whole[name].append(_python(workplace, folder, "-m", f"ml_ci.stages.{name}"))
    workplace.remove(folder)
    totals = [sum(values) for values in zip(*whole.values(), strict=True)]
    importing = [sum(values) for values in zip(*imports.values(), strict=True)]
    figures = (
        *(figure for name in names for figure in _both(name, whole[name], imports[name])),
        seconds("all nine", totals),
        seconds("all nine: imports", importing),
    )
    note = (
        f"engine: {workplace.engine}, every layer built anew; imports include the start of Python"
    )
    return Result(name="stages", figures=figures, notes=(note, _share(totals, importing)))


def _stages(folder: Path) -> list[str]:
    document = YAML(typ="safe").load((folder / paths.PIPELINE).read_text(encoding="utf-8"))
    return list(document["stages"])


def _both(name: str, whole: list[float], imports: list[float]) -> tuple[Figure, Figure]:
    return seconds(f"`{name}`", whole), seconds(f"`{name}`: imports", imports)


def _share(whole: list[float], imports: list[float]) -> str:
    share = statistics.median(imports) / statistics.median(whole)
    return f"imports are {share:.0%} of all nine (medians)"


def _python(workplace: Workplace, folder: Path, *arguments: str) -> float:
    command = (sys.executable, *arguments)
    return workplace.processes.seconds(*command, folder=folder, more=workplace.variables)
