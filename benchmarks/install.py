"""The install: `scripts/bootstrap.py` into a new environment, with empty and with full caches."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.figures import Figure, Result, seconds
from benchmarks.workplace import ROOT, Workplace

MB = 10**6


def measure(workplace: Workplace) -> Result:
    """One cold and one warm install; each takes minutes, so there is no repetition."""
    source = workplace.folder / "source"
    workplace.processes.output(
        "git", "clone", "--quiet", str(ROOT), str(source), folder=workplace.folder
    )
    cold = _install(workplace, source, "cold")
    warm = _install(workplace, source, "warm")
    python = str(workplace.folder / "warm" / "bin" / "python")
    imports = [
        workplace.processes.seconds(python, "-c", "import ml_ci.stages.evaluate", folder=source)
        for _ in range(2)
    ]
    figures = (
        seconds("caches empty", [cold]),
        seconds("caches full", [warm]),
        seconds("first import of `evaluate` afterwards", imports[:1]),
        seconds("second import of `evaluate`", imports[1:]),
        Figure(name="environment", values=(_megabytes(workplace.folder / "warm"),), unit="MB"),
    )
    return Result(name="install", figures=figures, notes=("uv's and pip's caches alike",))


def _install(workplace: Workplace, source: Path, name: str) -> float:
    workplace.say(f"installing, {name}")
    caches = {
        "UV_CACHE_DIR": str(workplace.folder / "uv-cache"),
        "PIP_CACHE_DIR": str(workplace.folder / "pip-cache"),
    }
    # The Python below a virtual environment's, as on a machine where there is none yet
    python = str(getattr(sys, "_base_executable", sys.executable))
    command = (python, "scripts/bootstrap.py", str(workplace.folder / name))
    return workplace.processes.seconds(*command, folder=source, more=caches)


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / MB
