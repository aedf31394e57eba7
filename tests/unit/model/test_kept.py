"""The first epoch's inputs on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open

from ml_ci.model.kept import save_kept
from ml_ci.model.training import KeptSamples
from tests.builders.model import preprocess_settings

KEPT = KeptSamples(
    names=("a.png", "b ▲.png"),
    inputs=np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype(np.float32),
    labels=np.array([1, 0]),
)


def test_save__writes_arrays_with_the_names_of_images_and_classes(tmp_path: Path) -> None:
    save_kept(tmp_path, KEPT, ("no", "yes"), preprocess_settings())
    with safe_open(tmp_path / "inputs.safetensors", framework="np") as stream:
        arrays = {name: stream.get_tensor(name) for name in ("inputs", "labels")}
        names = json.loads(stream.metadata()["ml-ci"])
    assert (KEPT.inputs.tolist(), [1, 0]) == (arrays["inputs"].tolist(), arrays["labels"].tolist())
    assert {"names": ["a.png", "b ▲.png"], "class_names": ["no", "yes"]} == names


def test_save__writes_a_contact_sheet(tmp_path: Path) -> None:
    save_kept(tmp_path, KEPT, ("no", "yes"), preprocess_settings())
    assert b"\x89PNG" == (tmp_path / "contact_sheet.png").read_bytes()[:4]
