"""A folder as it looks on a device: golden images, the collector's settings, device.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ml_ci.collector.collect import SCHEMA_VERSION, main
from tests.builders.images import picture, png
from tests.builders.model import preprocess_settings

IMAGES = ("a.png", "b.png", "c.png")
CLASS_NAMES = ["cat", "dög"]
# Each takes what the command line promises, and has something of its own
FUNCTIONS = """\
import numpy as np

def logits(tensor):
    assert tensor.shape == (3, 16, 16) and tensor.dtype == np.float32
    return np.array([tensor.mean(), 1.0], np.float32)

def everything(tensor):
    return {"logits": [0.0, 1.0], "probabilities": [0.25, 0.75], "label": "cat"}

def climb(path, content):
    assert path.read_bytes() == content
    return {"image": np.zeros((2, 2, 3), np.uint8), "mode": "RGB", "label": 1}

def misspelt(path, content):
    return {"tensr": np.zeros(3)}

def nothing(path, content):
    return None

def objects(path, content):
    return {"tensor": [{}]}

def fails(path, content):
    if path.name == "b.png":
        raise RuntimeError("out of memory")
    return {"tensor": np.zeros(3, np.float32)}

here = 3
"""


def write_device(folder: Path, *, class_names: list[str] | None = CLASS_NAMES) -> Path:
    """Golden images, settings and device.py in ``folder``."""
    golden = folder / "golden"
    golden.mkdir(parents=True)
    for seed, name in enumerate(IMAGES):
        (golden / name).write_bytes(png(picture(seed, height=9 + seed, width=20)))
    write_settings(folder, class_names=class_names)
    (folder / "device.py").write_text(FUNCTIONS, encoding="utf-8")
    return folder


def write_settings(
    folder: Path, *, class_names: list[str] | None = CLASS_NAMES, **changes: Any
) -> None:
    """collect.json; ``changes`` are of the preprocessing."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "preprocess": preprocess_settings(**changes).model_dump(),
        "class_names": class_names,
    }
    (folder / "collect.json").write_text(json.dumps(document), encoding="utf-8")


def run_collector(folder: Path, *options: str) -> int:
    """The collector in this process; its exit code."""
    settings = ("--settings", str(folder / "collect.json"))
    return main([str(folder / "golden"), str(folder / "dump"), *settings, *options])


def dumped(folder: Path) -> dict[str, Any]:
    """Arrays, texts and bytes of the dump by file name; hidden files too."""
    found: dict[str, Any] = {}
    for path in sorted((folder / "dump").rglob("*")):
        name = path.relative_to(folder / "dump").as_posix()
        if path.suffix == ".npy":
            found[name] = np.load(path)
        elif path.suffix in (".txt", ".json"):
            found[name] = path.read_text(encoding="utf-8")
        elif path.is_file():
            found[name] = path.read_bytes()
    return found
