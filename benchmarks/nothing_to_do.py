"""Nothing to do: `dvc repro` in a finished checkout, against a bare DVC repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.figures import Result, ratio, seconds
from benchmarks.workplace import DVC, ML_CI, REPORTED, Workplace
from ml_ci.artifacts import paths

GOAL = 2.0
_NOTHING = "up to date"
_QUIET = "[core]\n    analytics = false\n    check_update = false\n"


def measure(workplace: Workplace) -> Result:
    """Ours, empty stages, and empty stages with as many files to look at as ours have."""
    origin = workplace.origin
    counts = _counts(origin)
    empty = _bare(workplace, "empty", [1] * len(counts))
    full = _bare(workplace, "full", counts)
    ours, bare, as_many, command = [], [], [], []
    for _ in range(max(workplace.repetitions, 5)):
        ours.append(_nothing(workplace, origin))
        bare.append(_nothing(workplace, empty))
        as_many.append(_nothing(workplace, full))
        more = workplace.variables
        command.append(
            workplace.processes.seconds(*ML_CI, "repro", folder=origin, more=more, codes=REPORTED)
        )
    figures = (
        ratio("ours ÷ as many empty stages", ours, bare, GOAL),
        ratio("ours ÷ as many stages with as many deps", ours, as_many, None),
        seconds("`dvc repro`, ours", ours),
        seconds(f"`dvc repro`, {len(counts)} empty stages", bare),
        seconds(f"`dvc repro`, {len(counts)} stages, {sum(counts)} deps", as_many),
        seconds("`ml-ci repro`, ours: pull, look, repro, gate", command),
    )
    images = sum(1 for path in (origin / paths.DATA).rglob("*") if path.is_file())
    note = f"ours also has {images} files under data/, which DVC looks at one by one"
    return Result(name="nothing_to_do", figures=figures, notes=(note,))


def _nothing(workplace: Workplace, folder: Path) -> float:
    """Once to be sure that there is nothing to do, in DVC's words, and timed as it is."""
    took = workplace.processes.seconds(*DVC, "repro", folder=folder)
    if _NOTHING not in workplace.processes.output(*DVC, "repro", folder=folder):
        raise RuntimeError(f"DVC found something to do in {folder}")
    return took


def _counts(origin: Path) -> list[int]:
    """How many deps each of our stages has."""
    document = YAML(typ="safe").load((origin / paths.PIPELINE).read_text(encoding="utf-8"))
    return [len(stage["deps"]) for stage in document["stages"].values()]


def _bare(workplace: Workplace, name: str, deps: list[int]) -> Path:
    """A repository of chained stages that do nothing, run once."""
    folder = workplace.folder / name
    (folder / "deps").mkdir(parents=True)
    (folder / "dvc.yaml").write_text(_pipeline(folder, deps), encoding="utf-8")
    workplace.processes.output("git", "init", "--quiet", folder=folder)
    workplace.processes.output(*DVC, "init", "--quiet", folder=folder)
    (folder / ".dvc" / "config").write_text(_QUIET, encoding="utf-8")
    workplace.processes.output(*DVC, "repro", folder=folder)
    return folder


def _pipeline(folder: Path, deps: list[int]) -> str:
    """Stage n reads what stage n−1 wrote and ``deps[n] − 1`` small files that it shares."""
    stages: dict[str, Any] = {}
    for number, count in enumerate(deps):
        files = [f"deps/{index}" for index in range(count - (number > 0))]
        for file in files:
            (folder / file).write_text(file, encoding="utf-8")
        before = [f"out{number - 1}"] if number > 0 else []
        outs = [{f"out{number}": {"cache": False}}]
        stages[f"stage{number}"] = {
            "cmd": f"echo {number} > out{number}",
            "deps": before + files,
            "outs": outs,
        }
    stream = folder / "dvc.yaml"
    YAML().dump({"stages": stages}, stream)
    return stream.read_text(encoding="utf-8")
