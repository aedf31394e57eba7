"""`ml-ci train`: a training outside the pipeline, for weights that enter it as pretrained."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import new_folder, write_bytes
from ml_ci.errors import EXIT_PASS, UserError
from ml_ci.params.reading import read_section
from ml_ci.params.train import TrainSettings
from ml_ci.stages.train import train_into

PROFILES = ("smoke", "full")


def train_to(output: Path, profile: str, console: Console) -> int:
    """Train with ``profile`` and write the weights to ``output``."""
    if profile not in PROFILES:
        raise UserError(
            what=f"there is no training profile `{profile}`",
            where="--profile",
            fix=f"one of: {', '.join(PROFILES)}",
        )
    settings = read_section(TrainSettings).model_copy(update={"profile": profile})
    with new_folder(paths.STATE / "trained") as folder:
        train_into(folder, settings)
        weights = (folder / paths.WEIGHTS.name).read_bytes()
    write_bytes(output, weights)
    console.print(
        f"weights in {output}; `dvc add {output}` and `train.source: pretrained` use them"
    )
    return EXIT_PASS
