"""The first epoch's inputs on disk: arrays for programs, a contact sheet for people."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.numpy import save

from ml_ci.artifacts.files import write_bytes
from ml_ci.model.contact_sheet import contact_sheet
from ml_ci.model.training import KeptSamples
from ml_ci.params.preprocess import PreprocessSettings

ARRAYS_FILE = "inputs.safetensors"
SHEET_FILE = "contact_sheet.png"


def save_kept(
    folder: Path,
    kept: KeptSamples,
    class_names: tuple[str, ...],
    settings: PreprocessSettings,
) -> None:
    """Write ``inputs`` (N×C×S×S float32) and ``labels`` (N int64), and the sheet, to ``folder``.

    The arrays' metadata key `ml-ci` holds the images' and the classes' names as JSON.
    """
    names = json.dumps({"names": kept.names, "class_names": class_names}, ensure_ascii=False)
    arrays = save({"inputs": kept.inputs, "labels": kept.labels}, metadata={"ml-ci": names})
    write_bytes(folder / ARRAYS_FILE, arrays)
    captions = [class_names[label] for label in kept.labels]
    write_bytes(folder / SHEET_FILE, contact_sheet(kept.inputs, captions, settings))
