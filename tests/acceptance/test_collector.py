"""The collector as a device runs it: written by the command, alone in an empty folder."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import read_golden
from ml_ci.environment import this_environment
from ml_ci.model.classifier import Ladder
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.stages.reference import climb
from ml_ci.steps import FLOAT_STEPS, LADDER
from ml_ci.targets.dump import DumpResult, Golden, read_dump
from ml_ci.trace.layout import FLOATS, HASHED, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.bare_environment import make_bare_environment
from tests.builders.params import PARAMS
from tests.builders.shapes import CLASS_NAMES, build_shapes

# What the device's network is: one matrix, so that it needs nothing but numpy
DEVICE = """\
import numpy as np

weight, bias = np.load("weight.npy"), np.load("bias.npy")


def logits(tensor):
    return weight.dot(tensor.reshape(-1)) + bias
"""

# Sleeps once, when a third image is at hand and it is told to
SLOW = """\
import pathlib
import time

import device

calls = []


def logits(tensor):
    calls.append(1)
    armed = pathlib.Path("armed")
    if len(calls) == 3 and armed.exists():
        armed.unlink()
        time.sleep(60)
    return device.logits(tensor)
"""
# What many scripts do
CARELESS = """\
import io

import numpy as np
from PIL import Image


def climb(path, content):
    return {"image": np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))}
"""
# Own errors: about the floors of the steps; two libraries sum 2688 products in another order
ALLOWED = {"resized": 0.01, "tensor": 1e-6, "logits": 1e-5, "probabilities": 1e-6}


@dataclass(frozen=True, kw_only=True)
class Sides:
    """A project, its reference, and a device's folder."""

    project: Path
    device: Path
    python: Path
    ladder: Ladder
    reference: Trace

    def own_error(self, trace: Trace, image: str, step: str) -> float:
        """Largest difference to the reference's step on what stands one rung below."""
        names = [known.name for known in LADDER]
        below = trace.array(image, names[names.index(step) - 1])
        found = trace.array(image, step)
        assert below is not None
        assert found is not None
        expected = self.ladder.step(step, below[np.newaxis])[0]
        assert (expected.dtype, expected.shape) == (found.dtype, found.shape)
        return float(np.abs(expected - found).max())

    def collect(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The collector on the device."""
        return subprocess.run(
            self.command(*options), cwd=self.device, capture_output=True, text=True, check=False
        )

    def command(self, *options: str) -> list[str]:
        """-I: neither variables nor folders of this machine reach it."""
        return [str(self.python), "-I", "collect.py", "golden", "dump", *options]

    def read(self) -> tuple[DumpResult, Trace]:
        """The dump as the pipeline takes it."""
        out = self.project / "trace" / "phone"
        header = TraceHeader(target="phone", receipt="r", created="2026-01-01T00:00:00+00:00")
        golden = Golden(images=self.reference.images, class_names=CLASS_NAMES)
        return read_dump(self.device / "dump", out, header, golden), Trace.open(out)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """Everything but the dump."""
    folder = tmp_path_factory.mktemp("collector")
    project, device = folder / "project", folder / "device"
    build_shapes(project / "data")
    (project / "params.yaml").write_text(PARAMS, encoding="utf-8")
    device.mkdir()
    command = [sys.executable, "-m", "ml_ci", "collect", "--output", str(device / "collect.py")]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    shutil.copytree(project / "data" / "golden", device / "golden")
    settings = read_section(PreprocessSettings, project / "params.yaml")
    network = _network(settings)
    for name, values in network[1].named_parameters():
        np.save(device / f"{name}.npy", values.detach().numpy())
    (device / "device.py").write_text(DEVICE, encoding="utf-8")
    ladder = Ladder(settings, network, CLASS_NAMES)
    return Sides(
        project=project,
        device=device,
        python=make_bare_environment(folder / "environment"),
        ladder=ladder,
        reference=_reference(project, ladder),
    )


@pytest.fixture
def sides(made: Sides) -> Sides:
    """Without a dump."""
    shutil.rmtree(made.device / "dump", ignore_errors=True)
    return made


def _network(settings: PreprocessSettings) -> nn.Sequential:
    height, width = settings.size
    with torch.random.fork_rng():
        torch.manual_seed(1)
        linear = nn.Linear(settings.channels * height * width, len(CLASS_NAMES))
        return nn.Sequential(nn.Flatten(), linear)


def _reference(project: Path, ladder: Ladder) -> Trace:
    """As the stage of that name records it."""
    rule = decode_rule(ladder.settings, read_section(LimitSettings, project / "params.yaml"))
    folder = project / "trace" / "reference"
    header = TraceHeader(target="reference", receipt="r", created="2026-01-01T00:00:00+00:00")
    with TraceWriter(folder, header, keep=FLOATS | HASHED) as trace:
        for sample in read_golden(project / "data" / "golden"):
            trace.add(sample.name, climb(sample, ladder, rule))
    return Trace.open(folder)


def test_device__has_numpy_and_pillow_and_nothing_of_ours(made: Sides) -> None:
    command = [str(made.python), "-I", "-c", "import numpy, PIL, ml_ci"]
    done = subprocess.run(command, cwd=made.device, capture_output=True, text=True, check=False)
    assert "No module named 'ml_ci'" in done.stderr


def test_dump__agrees_with_the_reference_on_every_rung(sides: Sides) -> None:
    done = sides.collect("--network", "device:logits")
    assert (done.returncode, done.stderr) == (0, "")
    result, trace = sides.read()
    assert (result.failures, result.problems) == ({}, ())
    assert result.created is not None
    worst = dict.fromkeys((step.name for step in FLOAT_STEPS), 0.0)
    for image in sides.reference.images:
        ours, theirs = sides.reference.rungs(image), trace.rungs(image)
        assert list(ours) == list(theirs)
        for step in ("received", "decoded", "image", "label"):
            assert (ours[step].sha256, ours[step].text) == (theirs[step].sha256, theirs[step].text)
        for step in worst:
            own = sides.own_error(trace, image, step)
            worst[step] = max(worst[step], own)
    assert {} == {step: own for step, own in worst.items() if own > ALLOWED[step]}


def test_dump__tells_the_environment_of_the_device(sides: Sides) -> None:
    sides.collect()
    _, trace = sides.read()
    here = this_environment(threads=None).as_strings()
    versions = {"numpy", "pillow", "python", "machine", "pillow jpg", "pillow zlib", "pillow webp"}
    assert {name: here[name] for name in versions} == {
        name: trace.environment.get(name) for name in versions
    }


def test_dump__of_a_device_that_turns_nothing_differs_at_the_image(sides: Sides) -> None:
    (sides.device / "careless.py").write_text(CARELESS, encoding="utf-8")
    done = sides.collect("--climb", "careless:climb")
    assert (done.returncode, done.stderr) == (0, "")
    result, trace = sides.read()
    assert (result.failures, result.problems) == ({}, ())
    differing = [
        image
        for image in sides.reference.images
        if sides.reference.rungs(image)["image"].sha256 != trace.rungs(image)["image"].sha256
    ]
    assert {"mirrored.jpg", "turned.jpg"} <= set(differing)
    assert "colour.png" not in differing


def test_collector__goes_on_after_ctrl_c(sides: Sides) -> None:
    (sides.device / "slow.py").write_text(SLOW, encoding="utf-8")
    marker = sides.device / "armed"
    marker.touch()
    command = sides.command("--network", "slow:logits")
    with subprocess.Popen(
        command, cwd=sides.device, stderr=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        for _ in range(300):
            if not marker.exists():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.endswith("interrupted: the same command goes on from here\n")
    assert 0 < len(list((sides.device / "dump").glob("*.received.bin"))) < 12
    assert sides.collect("--network", "slow:logits").returncode == 0
    result, _ = sides.read()
    assert (result.failures, result.problems) == ({}, ())
