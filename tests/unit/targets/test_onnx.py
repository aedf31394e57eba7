"""ONNX Runtime in process: every rung of every image, and a reason where there is none."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest

from ml_ci.data.decode import read_image
from ml_ci.data.probes import resize_probes
from ml_ci.rung import record_array
from ml_ci.serving.session import load_session
from ml_ci.targets.asking import Source
from ml_ci.targets.onnx import OnnxJob, run_onnx
from ml_ci.targets.replay import ReplayResult
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.images import RULE, png_of
from tests.builders.onnx_model import CLASS_NAMES, write_model

PIXELS = {
    "wide.png": np.arange(5 * 9 * 3, dtype=np.uint8).reshape(5, 9, 3),
    "high.png": np.arange(8 * 4 * 3, dtype=np.uint8).reshape(8, 4, 3)[::-1],
}
CONTENTS = {name: png_of(pixels) for name, pixels in PIXELS.items()}
HEADER = TraceHeader(target="onnx", receipt="r", environment={"python": "3.12"}, created="now")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "models") / "model.onnx"


@pytest.fixture
def reference(tmp_path: Path) -> Trace:
    """Has the pixels of one picture, and others of the other one."""
    header = TraceHeader(target="reference", receipt="r", created="")
    with TraceWriter(tmp_path / "reference", header) as writer:
        writer.add("wide.png", {"image": record_array(PIXELS["wide.png"])})
        writer.add("high.png", {"image": record_array(PIXELS["high.png"] + np.uint8(1))})
    return Trace.open(tmp_path / "reference")


def run(
    model: Path, reference: Trace, folder: Path, contents: dict[str, bytes] = CONTENTS
) -> tuple[ReplayResult, Trace]:
    sources = [Source(name=name, read=partial(bytes, one)) for name, one in contents.items()]
    job = OnnxJob(model=model, rule=RULE, threads=1, header=HEADER, reference=reference)
    return run_onnx(sources, folder, job), Trace.open(folder)


def test_run_onnx__records_every_rung(model: Path, reference: Trace, tmp_path: Path) -> None:
    result, trace = run(model, reference, tmp_path / "trace")
    rungs = ["received", "decoded", "image", "resized", "tensor", "logits", "probabilities"]
    assert (2, {}, None) == (result.images, result.failures, result.gave_up)
    assert {name: [*rungs, "label"] for name in CONTENTS} == {
        name: list(trace.rungs(name)) for name in trace.images
    }


def test_run_onnx__tells_what_the_model_makes_of_fixed_pictures(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    session = load_session(model.parents[2], name="shapes", version=1, threads=1, network=False)
    probes = resize_probes(session.resize)

    header = run(model, reference, tmp_path / "trace")[1].header

    assert (4, replace(HEADER, environment=HEADER.environment | probes)) == (len(probes), header)


def test_run_onnx__decodes_as_the_project_does(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    _, trace = run(model, reference, tmp_path / "trace")
    picture = read_image(CONTENTS["wide.png"], RULE)
    assert (record_array(picture.image).rung.sha256, picture.decoded.mode) == (
        trace.rungs("wide.png")["image"].sha256,
        trace.text("wide.png", "decoded"),
    )


def test_run_onnx__runs_the_graph(model: Path, reference: Trace, tmp_path: Path) -> None:
    _, trace = run(model, reference, tmp_path / "trace")
    resized, tensor, probabilities = (
        trace.array("high.png", step) for step in ("resized", "tensor", "probabilities")
    )
    assert resized is not None
    assert tensor is not None
    assert probabilities is not None
    assert (3, 4, 4) == resized.shape
    assert np.array_equal(resized.astype(np.float32) / 255 - np.float32(0.5), tensor)
    assert CLASS_NAMES[int(probabilities.argmax())] == trace.text("high.png", "label")


def test_run_onnx__keeps_pixels_only_where_they_differ(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    _, trace = run(model, reference, tmp_path / "trace")
    kept = [name for name in trace.images if trace.array(name, "image") is not None]
    assert ["high.png"] == kept


def test_run_onnx__goes_on_after_an_image_that_is_none(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    contents = {"bad.png": b"GIF", **CONTENTS}
    result, trace = run(model, reference, tmp_path / "trace", contents)
    assert (["bad.png"], ["received"]) == (list(result.failures), list(trace.rungs("bad.png")))
    assert result.failures == trace.failures


def test_run_onnx__goes_on_after_an_image_that_cannot_be_read(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    missing = Source(name="x.png", read=Path("/nowhere/x.png").read_bytes)
    good = Source(name="wide.png", read=partial(bytes, CONTENTS["wide.png"]))
    job = OnnxJob(model=model, rule=RULE, threads=1, header=HEADER, reference=reference)
    result = run_onnx([missing, good], tmp_path / "trace", job)
    assert ["x.png"] == list(result.failures)
    assert result.failures["x.png"].startswith("the image cannot be read: ")


def test_run_onnx__fails_every_image_of_a_model_that_cannot_be_loaded(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    model.write_bytes(b"no model")
    result, _ = run(model, reference, tmp_path / "trace")
    assert list(CONTENTS) == list(result.failures)
    assert result.gave_up is not None
    assert result.gave_up.startswith(f"ONNX Runtime cannot load {model}: ")


def test_run_onnx__says_what_onnx_runtime_minds(
    model: Path, reference: Trace, tmp_path: Path
) -> None:
    graph = onnx.load(model)
    graph.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 7  # no picture is that high
    onnx.save(graph, model)
    result, trace = run(model, reference, tmp_path / "trace")
    assert list(CONTENTS) == list(result.failures)
    assert result.failures["wide.png"].startswith("ONNX Runtime fails on it: ")
    assert HEADER == trace.header
    assert ["received", "decoded", "image"] == list(trace.rungs("wide.png"))
