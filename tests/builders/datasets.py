"""Small data folders with their manifest."""

from __future__ import annotations

from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.data.manifest import write_manifest
from ml_ci.params.data import DataSettings
from tests.builders.images import picture, png

SETTINGS = DataSettings(min_train_per_class=2, min_test_per_class=1, min_golden=2)


def build_data(root: Path) -> Path:
    """Two classes, 2 + 1 images each, and a golden set of two; no picture twice. Returns data/."""
    data = root / paths.DATA
    for seed, place in enumerate(
        [
            "train/cat/a.png",
            "train/cat/b.png",
            "train/dog/a.png",
            "train/dog/b.png",
            "test/cat/a.png",
            "test/dog/a.png",
            "golden/one.png",
            "golden/two.png",
        ]
    ):
        put(data / place, png(picture(seed)))
    put(
        data / "golden/golden.csv",
        b"file,label,witnesses\none.png,cat,non-square\ntwo.png,dog,alpha palette\n",
    )
    describe(root)
    return data


def put(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def describe(root: Path) -> None:
    """Make the manifest say what the folder holds."""
    write_manifest(root / paths.DATA, root / paths.MANIFEST)
