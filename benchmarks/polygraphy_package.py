"""Polygraphy, installed for one run into an environment of its own that goes with the workplace."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.figures import NotMeasured
from benchmarks.workplace import Workplace

VERSION = "0.53.6"


def install(workplace: Workplace, numpy: str) -> Path:
    """Its Python, with the ``numpy`` that we use. Raises NotMeasured where nothing can be had."""
    packages = (f"polygraphy=={VERSION}", f"numpy=={numpy}")
    folder = workplace.folder / "polygraphy"
    workplace.say(f"installing {' and '.join(packages)} into {folder}, which is removed at the end")
    uv = str(Path(sys.executable).with_name("uv"))
    python = folder / "bin" / "python"
    try:
        workplace.processes.output(
            uv, "venv", "--quiet", "--python", sys.executable, str(folder), folder=workplace.folder
        )
        workplace.processes.output(
            uv, "pip", "install", "--quiet", "--python", str(python), *packages,
            folder=workplace.folder,
        )  # fmt: skip
    except RuntimeError as failure:
        raise NotMeasured(f"Polygraphy could not be installed ({failure})") from None
    return python
