"""An enlarged trace: as many images as asked for, each with all that stands on its rungs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.enlarged import enlarge
from ml_ci.rung import Rung
from tests.builders.traces import ladder, write_trace


def test_enlarge__repeats_images_under_new_names(tmp_path: Path) -> None:
    logits = {"a": np.asarray([1, 2], np.float32), "b": np.asarray([3, 4], np.float32)}
    trace = write_trace(
        tmp_path / "t", {name: ladder(logits=array) for name, array in logits.items()}
    )

    larger = enlarge(trace, tmp_path / "larger", 3)

    assert larger.images == ("000000-a", "000001-b", "000002-a")
    for image in larger.images:
        own = image.partition("-")[2]
        kept = larger.array(image, "logits")
        assert kept is not None
        assert logits[own].tolist() == kept.tolist()
        assert _nowhere(larger.rungs(image)) == _nowhere(trace.rungs(own))


def _nowhere(rungs: dict[str, Rung]) -> dict[str, Rung]:
    """Apart from the file that holds the array."""
    return {step: replace(rung, shard=None) for step, rung in rungs.items()}
