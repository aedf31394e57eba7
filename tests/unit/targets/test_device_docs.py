"""docs/device.md: everything that can be copied from it works."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml_ci.steps import LADDER
from ml_ci.targets.dump_names import FAILURE, MODE, PARTS
from tests.builders.collecting import IMAGES, run_collector, write_device
from tests.builders.dumps import read

DOCS = Path("docs/device.md").read_text(encoding="utf-8")
SCRIPT, ONNX, CLIMB = re.findall(r"^```python\n(.*?)^```", DOCS, re.M | re.S)
MY_APP = """\
import numpy as np

def decode(content):
    return np.zeros((4, 4, 3), np.uint8)

def prepare(image):
    return np.zeros((3, 16, 16), np.float32)

def network(tensor):
    return np.array([0.0, 1.0], np.float32)
"""
ONNXRUNTIME = """\
import numpy as np

class InferenceSession:
    def __init__(self, path):
        assert path == "network.onnx"

    def run(self, outputs, inputs):
        assert outputs == ["logits"] and inputs["tensor"].shape == (1, 3, 16, 16)
        return [np.array([[0.0, 1.0]], np.float32)]
"""


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A device with a runtime of its own and `my_app`."""
    monkeypatch.chdir(write_device(tmp_path))
    (tmp_path / "my_app.py").write_text(MY_APP, encoding="utf-8")
    (tmp_path / "onnxruntime.py").write_text(ONNXRUNTIME, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for module in ("my_app", "device", "onnxruntime"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    yield tmp_path
    for module in ("my_app", "device", "onnxruntime"):
        sys.modules.pop(module, None)


def shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Of the rungs of the last image; all of the dump is good."""
    result, trace = read(folder / "dump", IMAGES)
    assert (result.failures, result.problems) == ({}, ())
    return {step: rung.shape for step, rung in trace.rungs(IMAGES[-1]).items()}


THREE: dict[str, tuple[int, ...]] = {"image": (4, 4, 3), "tensor": (3, 16, 16), "logits": (2,)}


def test_script__makes_a_dump(device: Path) -> None:
    (device / "golden" / "golden.csv").write_text("file,label,witnesses\n", encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(SCRIPT, namespace)  # noqa: S102 (the documentation is what is tested)
    assert THREE == shapes(device)


def test_script__has_as_many_lines_as_it_says() -> None:
    _, _, loop = SCRIPT.partition("# what runs on the device\n")
    assert "ten lines" in DOCS
    assert len([line for line in loop.splitlines() if line]) <= 10


def test_network__of_the_docs(device: Path) -> None:
    (device / "device.py").write_text(ONNX, encoding="utf-8")
    assert run_collector(device, "--network", "device:logits") == 0
    assert shapes(device)["logits"] == (2,)


def test_climb__of_the_docs(device: Path) -> None:
    (device / "device.py").write_text(CLIMB, encoding="utf-8")
    assert run_collector(device, "--climb", "device:climb") == 0
    received = (len((device / "golden" / IMAGES[-1]).read_bytes()),)
    assert shapes(device) == {"received": received, **THREE}


def test_docs__name_every_step_and_text() -> None:
    assert set(PARTS) == {step.name for step in LADDER} | {MODE, FAILURE}
    assert [] == [part for part in PARTS if f"`{part}`" not in DOCS and f".{part}." not in DOCS]
