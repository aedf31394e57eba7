"""A foreign server, asked in every way params.yaml knows, over real HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from ml_ci.params.own_server import OwnServer
from ml_ci.rung import record_array
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayJob, ReplayResult, replay
from ml_ci.targets.routes import routes_of_server
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.foreign_server import (
    CLASSES,
    ForeignServer,
    digest,
    running_foreign_server,
    scores,
)
from tests.builders.http_server import Received, response, serving
from tests.builders.own_servers import own_server
from tests.builders.target_settings import replay_settings

PIXELS = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
TENSOR = np.linspace(-1.7, 3.1, 12, dtype=np.float32).reshape(3, 2, 2)
SCORES = {"label": "sha256", "label_as": "name", "probabilities": "scores", "logits": None}
OUTPUTS = SCORES | {"probabilities": None, "logits": "outputs[?name=='logits'] | [0].data"}


def encoded(kind: str) -> bytes:
    content = BytesIO()
    Image.fromarray(PIXELS).save(content, kind)
    return content.getvalue()


IMAGES = {"a.png": encoded("PNG"), "b.jpg": encoded("JPEG"), "ü.gif": encoded("GIF")}


@pytest.fixture(scope="module")
def server() -> Iterator[ForeignServer]:
    with running_foreign_server() as running:
        yield running


@pytest.fixture
def reference(tmp_path: Path) -> Trace:
    """Knows the tensor of every image and the pixels of the PNG."""
    header = TraceHeader(target="reference", receipt="r", created="")
    with TraceWriter(tmp_path / "reference", header) as writer:
        for index, name in enumerate(IMAGES):
            writer.add(
                name, {"image": record_array(PIXELS), "tensor": record_array(TENSOR + index)}
            )
    return Trace.open(tmp_path / "reference")


def server_at(path: str, request: dict[str, Any], **changes: Any) -> OwnServer:
    own = own_server(request=request, answer=changes.pop("answer", SCORES), **changes)
    return own.model_copy(update={"predict": own.predict.model_copy(update={"path": path})})


def run(
    server: ForeignServer, own: OwnServer, folder: Path, reference: Trace | None = None
) -> ReplayResult:
    job = ReplayJob(
        target="server",
        receipt="r",
        routes=routes_of_server(own, CLASSES),
        settings=replay_settings(concurrency=2, timeout_seconds=10.0),
        reference=reference,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    sources = [Source(name=name, read=partial(bytes, content)) for name, content in IMAGES.items()]
    return replay(server, sources, folder, job)


RAW = {"kind": "raw", "content_type": None}


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        pytest.param(
            "/json",
            {"kind": "json", "body": {"picture": "<image>"}, "alphabet": "standard"},
            id="json",
        ),
        pytest.param(
            "/base64",
            {"kind": "base64", "alphabet": "urlsafe", "content_type": "text/plain"},
            id="base64",
        ),
        pytest.param("/raw", RAW, id="raw"),
        pytest.param(
            "/form", {"kind": "multipart", "field": "picture", "fields": {"top": "2"}}, id="form"
        ),
    ],
)
def test_replay__brings_every_byte_of_every_image(
    server: ForeignServer, tmp_path: Path, path: str, request_: dict[str, Any]
) -> None:
    result = run(server, server_at(path, request_), tmp_path / "trace")
    trace = Trace.open(tmp_path / "trace")
    assert {} == result.failures
    assert {name: digest(content) for name, content in IMAGES.items()} == {
        name: trace.text(name, "label") for name in IMAGES
    }


def test_replay__records_the_numbers_of_the_answer(server: ForeignServer, tmp_path: Path) -> None:
    run(server, server_at("/raw", RAW), tmp_path / "trace")
    expected = np.array([scores(PIXELS)[name] for name in CLASSES], dtype=np.float32)
    found = Trace.open(tmp_path / "trace").array("a.png", "probabilities")
    assert found is not None
    assert expected.tolist() == found.tolist()


@pytest.mark.parametrize("numbers", ["flat", "nested"])
def test_replay__sends_the_tensor_of_the_reference(
    server: ForeignServer, tmp_path: Path, reference: Trace, numbers: str
) -> None:
    request = {
        "kind": "tensor",
        "body": {"inputs": [{"name": "x", "shape": "<shape>", "data": "<tensor>"}]},
        "layout": "nchw",
        "numbers": numbers,
    }
    own = server_at("/tensor", request, answer=OUTPUTS)
    result = run(server, own, tmp_path / "trace", reference)
    trace = Trace.open(tmp_path / "trace")
    assert {} == result.failures
    assert [digest((TENSOR + index).tobytes()) for index in range(3)] == [
        trace.text(name, "label") for name in IMAGES
    ]


TENSOR_REQUEST = {
    "kind": "tensor",
    "body": {"inputs": [{"shape": "<shape>", "data": "<tensor>"}]},
    "layout": "nchw",
    "numbers": "flat",
}


def test_replay__of_a_tensor_records_only_what_is_the_servers_own(
    server: ForeignServer, tmp_path: Path, reference: Trace
) -> None:
    answer = OUTPUTS | {"label": None}
    own = server_at("/tensor", TENSOR_REQUEST, answer=answer, trace="/rungs")
    run(server, own, tmp_path / "trace", reference)
    assert ["logits", "label"] == list(Trace.open(tmp_path / "trace").rungs("a.png"))


def test_replay__traces_from_the_tensor_when_predictions_get_one(
    server: ForeignServer, tmp_path: Path, reference: Trace
) -> None:
    answer = {"label": "sha256", "label_as": "name", "probabilities": None, "logits": None}
    own = server_at("/tensor", TENSOR_REQUEST, answer=answer, trace="/rungs")
    run(server, own, tmp_path / "trace", reference)
    found = Trace.open(tmp_path / "trace").array("b.jpg", "logits")
    assert found is not None
    assert [(TENSOR + 1).min(), (TENSOR + 1).max()] == found.tolist()


def test_replay__without_a_reference_has_no_tensor_to_send(
    server: ForeignServer, tmp_path: Path
) -> None:
    own = server_at("/tensor", TENSOR_REQUEST, answer=OUTPUTS)
    result = run(server, own, tmp_path / "trace")
    expected = "the reference has no `tensor` of a.png that could be sent"
    assert (expected, None) == (result.failures["a.png"], result.gave_up)


def test_replay__records_plain_rungs(server: ForeignServer, tmp_path: Path) -> None:
    run(server, server_at("/raw", RAW, trace="/rungs"), tmp_path / "trace")
    rungs = Trace.open(tmp_path / "trace").rungs("a.png")
    assert ["image", "probabilities", "label"] == list(rungs)
    assert record_array(PIXELS).rung.sha256 == rungs["image"].sha256


def test_replay__keeps_pixels_only_where_they_differ(
    server: ForeignServer, tmp_path: Path, reference: Trace
) -> None:
    """The JPEG does: it is lossy."""
    run(server, server_at("/raw", RAW, trace="/rungs"), tmp_path / "trace", reference)
    trace = Trace.open(tmp_path / "trace")
    kept = [name for name in IMAGES if trace.array(name, "image") is not None]
    assert "a.png" not in kept
    assert "b.jpg" in kept


def test_replay__asks_once_for_rungs_that_came_with_their_pixels(
    tmp_path: Path, reference: Trace
) -> None:
    asked = []

    def respond(request: Received) -> bytes:
        asked.append(request.path)
        if request.path == "/rungs":
            return response(save({"image": PIXELS + 1}))
        return response(b'{"sha256": "x"}')

    answer = SCORES | {"probabilities": None}
    own = server_at("/raw", RAW, answer=answer, trace="/rungs")
    with serving(respond) as url:
        run(ForeignServer(url=url), own, tmp_path / "trace", reference)
    assert {"/raw": len(IMAGES), "/rungs": len(IMAGES)} == Counter(asked)


def test_replay__takes_probabilities_from_the_rungs_when_predictions_lack_them(
    server: ForeignServer, tmp_path: Path
) -> None:
    answer = SCORES | {"probabilities": None}
    own = server_at("/raw", RAW, answer=answer, trace="/rungs")
    run(server, own, tmp_path / "trace")
    assert "probabilities" in Trace.open(tmp_path / "trace").rungs("a.png")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        pytest.param(
            server_at("/raw", {"kind": "raw", "content_type": "image/tiff"}),
            "/raw answered 415: 'image/tiff it is not'",
            id="wrong type",
        ),
        pytest.param(server_at("/nothing", RAW), "/nothing answered 404: 'Not Found'", id="path"),
        pytest.param(
            server_at("/raw", RAW, answer=SCORES | {"label": "class"}),
            'the prediction has no `label` at `class`; the answer begins with {"sha256": ',
            id="expression",
        ),
        pytest.param(
            server_at("/raw", RAW, trace="/damaged"),
            '/damaged answered 500: \'{"error": "no model"}\'',
            id="trace",
        ),
        pytest.param(
            server_at("/raw", RAW, trace="/raw"),
            "/raw answered 415: 'application/octet-stream it is not'",
            id="trace that wants a type",
        ),
    ],
)
def test_replay__says_what_the_server_minds(
    server: ForeignServer, tmp_path: Path, own: OwnServer, message: str
) -> None:
    result = run(server, own, tmp_path / "trace")
    assert result.failures["a.png"].startswith(message)
