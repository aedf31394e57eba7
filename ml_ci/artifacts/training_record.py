"""Where weights come from: what `train` puts beside them, and what it notes on this machine.

The first is the same everywhere and travels with the weights; the second stays outside DVC's
outputs and tells weights trained here from weights that were pulled.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.errors import UserError

Source = Literal["training", "pretrained"]

SOURCE_FILE = "source.json"
_RECORDS = paths.STATE / "training"


def write_source(folder: Path, source: Source) -> None:
    """Write ``source.json`` beside the weights: `train.source` of params.yaml when it was made."""
    write_json(folder / SOURCE_FILE, {"source": source})


def read_source(folder: Path = paths.TRAINED) -> Source:
    """Read what ``write_source`` wrote. Raises UserError when it is something else."""
    path = folder / SOURCE_FILE
    try:
        source = json.loads(path.read_text(encoding="utf-8"))["source"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        source, reason = None, str(error)
    else:
        reason = f"the source is {source!r}"
    if source == "training":
        return "training"
    if source == "pretrained":
        return "pretrained"
    raise UserError(
        what=f"it is not known where the weights come from: {reason}",
        where=str(path),
        fix="run `dvc pull`, or `dvc repro --force --single-item train`",
    )


def note_training(weights_sha256: str, created: str) -> None:
    """Note that weights with this SHA-256 were trained on this machine (``created``: ISO 8601)."""
    write_json(_RECORDS / f"{weights_sha256}.json", {"created": created})


def trained_here(weights_sha256: str) -> str | None:
    """When these weights were trained on this machine; None when they were not, as far as known."""
    try:
        content = json.loads((_RECORDS / f"{weights_sha256}.json").read_text(encoding="utf-8"))
        return str(content["created"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
