"""A recording of three golden images, with a model, a reference, and no image."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.data.samples import GoldenSample
from ml_ci.params.container import ContainerSettings
from ml_ci.stages.inquiring import Inquirer
from ml_ci.stages.recording import Recording
from ml_ci.targets.session_ways import ModelFiles
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.images import RULE, picture, png
from tests.builders.onnx_model import CLASS_NAMES, write_model
from tests.builders.questions import questions
from tests.builders.target_settings import replay_settings
from tests.builders.traces import ladder

NAMES = ("a.png", "b.png", "c.png")


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Three golden images, a model, a reference, and an image that could not be built."""
    monkeypatch.chdir(tmp_path)
    folder = write_model(Path("models"))
    files = ModelFiles(folder=folder, rule=RULE, threads=1)
    golden = []
    for seed, name in enumerate(NAMES):
        path = Path("data/golden") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(picture(seed)))
        golden.append(GoldenSample(name=name, path=path, label="circle", witnesses=()))
    header = TraceHeader(target="reference", receipt="r", created="")
    with TraceWriter(Path("trace/reference"), header) as writer:
        for name in NAMES:
            writer.add(name, ladder())
    server = {"kind": "project", "base": "python:3.11"}
    return Recording(
        receipt="r",
        settings=replay_settings(concurrency=2, timeout_seconds=5.0),
        container=ContainerSettings.model_validate(
            {
                "engine": "process",
                "memory_mb": 64,
                "ready_seconds": 1.0,
                "stop_seconds": 1.0,
                "server": server,
            }
        ),
        image=ImageRecord(
            wanted="docker",
            used="docker",
            reason="",
            context_sha256="0",
            image=None,
            failure="the build failed at Step 3",
            log_tail=("no such package",),
        ),
        card=ModelCard(
            name="shapes",
            version=1,
            class_names=CLASS_NAMES,
            model_sha256=sha256_of_file(folder / "model.onnx"),
            network_sha256="1" * 64,
            weights_sha256="2" * 64,
        ),
        rule=RULE,
        threads=1,
        golden=golden,
        reference=Trace.open(Path("trace/reference")),
        credentials={},
        inquirer=Inquirer(questions=questions(files), files=files),
    )
