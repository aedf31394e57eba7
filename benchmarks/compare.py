"""Comparing stored traces: against Polygraphy's comparator, and the memory of many images."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks import polygraphy_package
from benchmarks.enlarged import enlarge
from benchmarks.figures import Figure, Result, ratio
from benchmarks.workplace import Workplace
from ml_ci.artifacts import paths
from ml_ci.steps import FLOAT_STEPS
from ml_ci.trace.reading import Trace

GOAL = 10.0
FLAT = 1.2
IMAGES, FEW, MANY = 10_000, 1000, 20_000
THEIRS = 500
"""Images that Polygraphy compares: the time for one does not depend on how many there are."""
STACKED = 64
MB = 10**6
_OTHERS = {
    "stored": "reading included",
    "l2": "its cheapest figure, the L2 norm alone",
    "stacked": f"{STACKED} images stacked into one, which it then cannot tell apart",
}


def measure(workplace: Workplace) -> Result:
    """The first target's trace against the reference's, theirs and ours in turn."""
    return measured(workplace, images=IMAGES, few=FEW, many=MANY, theirs=THEIRS)


def measured(workplace: Workplace, *, images: int, few: int, many: int, theirs: int) -> Result:
    """The same with so many images."""
    python = polygraphy_package.install(workplace, np.__version__)
    sides = _sides(workplace.origin)
    seconds, low, high = [], [], []
    others: dict[str, list[float]] = {}
    arrays = _arrays(workplace, sides, theirs)
    for repetition in range(workplace.repetitions):
        workplace.say(f"repetition {repetition + 1} of {workplace.repetitions}")
        seconds.append(_ours(workplace, sides, images)[0] / images * 1000)
        for name, took in _polygraphy(workplace, python, arrays).items():
            others.setdefault(name, []).append(took / theirs * 1000)
        low.append(_ours(workplace, sides, few)[1] / MB)
        high.append(_ours(workplace, sides, many)[1] / MB)
    per_image = tuple((b - a) / (many - few) * 1000 for a, b in zip(low, high, strict=True))
    figures = (
        ratio("Polygraphy, arrays in memory ÷ ours", others["in memory"], seconds, None, GOAL),
        *(ratio(f"… {text} ÷ ours", others[name], seconds, None) for name, text in _OTHERS.items()),
        Figure(name=f"ours, {images} stored images, per image", values=tuple(seconds), unit="ms"),
        Figure(
            name="Polygraphy, arrays in memory, per image",
            values=tuple(others["in memory"]),
            unit="ms",
        ),
        ratio(f"peak memory, {many} images ÷ {few}", high, low, FLAT),
        Figure(name=f"peak memory, {few} images", values=tuple(low), unit="MB"),
        Figure(name=f"peak memory, {many} images", values=tuple(high), unit="MB"),
        Figure(name="growth per image", values=per_image, unit="KB"),
    )
    return Result(name="compare", figures=figures, notes=_notes(theirs))


def _notes(theirs: int) -> tuple[str, ...]:
    return (
        f"Polygraphy {polygraphy_package.VERSION} on {theirs} images (largest, mean and median "
        "difference of each array, `SimpleCompareFunc`), its log off; ours reads from disk and "
        "checks the hash of every array it reads",
        f"both on numpy {version('numpy')}; float rungs that differ by noise, golden images under "
        "new names; a process each",
    )


def _sides(origin: Path) -> tuple[Trace, Trace]:
    """The reference, and a target that was recorded."""
    target = next(
        path.parent.name
        for path in sorted((origin / paths.TRACES).glob("*/trace.json"))
        if path.parent.name != paths.REFERENCE
    )
    names = (paths.REFERENCE, target)
    reference, other = (Trace.open(origin / paths.trace_folder(name)) for name in names)
    return reference, other


def _arrays(workplace: Workplace, sides: tuple[Trace, Trace], count: int) -> Path:
    """What both sides have on the float rungs, without us in it."""
    folder = workplace.folder / "arrays"
    folder.mkdir(exist_ok=True)
    for name, trace in zip(("reference", "target"), sides, strict=True):
        images = [trace.images[number % len(trace.images)] for number in range(count)]
        steps = {
            step.name: [trace.array(image, step.name) for image in images] for step in FLOAT_STEPS
        }
        stacks = {
            step: np.stack([array for array in arrays if array is not None])
            for step, arrays in steps.items()
        }
        np.savez(folder / f"{name}.npz", allow_pickle=False, **stacks)
    return folder


def _polygraphy(workplace: Workplace, python: Path, arrays: Path) -> dict[str, float]:
    script = Path(__file__).with_name("polygraphy_side.py")
    for side in ("reference", "target"):
        workplace.remove(arrays / side)
    command = (str(python), "-I", str(script), str(arrays), str(STACKED))
    printed = workplace.processes.output(*command, folder=workplace.folder)
    times: dict[str, float] = json.loads(printed.splitlines()[-1])
    return times


def _ours(workplace: Workplace, sides: tuple[Trace, Trace], count: int) -> tuple[float, int]:
    """Seconds and peak bytes; the traces are made once."""
    folders = []
    for name, trace in zip(("reference", "target"), sides, strict=True):
        folder = workplace.folder / f"{name}-{count}"
        if not folder.is_dir():
            enlarge(trace, folder, count)
        folders.append(str(folder))
    command = (sys.executable, "-m", "benchmarks.one_comparison", *folders)
    printed = workplace.processes.output(*command, folder=workplace.origin)
    seconds, peak = printed.split()[-2:]
    return float(seconds), int(peak)
