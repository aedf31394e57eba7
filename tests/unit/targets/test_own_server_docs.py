"""docs/own-server.md: everything that can be copied from it works."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.own_server import OwnServer
from ml_ci.params.predict import AnswerSettings
from ml_ci.params.reading import read_section
from ml_ci.rung import record_array
from ml_ci.targets.answers import AnswerReader
from ml_ci.targets.client import parse_json
from ml_ci.targets.plain_trace import read_trace
from ml_ci.targets.requests import Picture, call_about

DOCS = Path("docs/own-server.md").read_text(encoding="utf-8")
TITLES_AND_SNIPPETS = re.findall(
    r"^## ([^\n]+)\n(?:(?!^## ).)*?^```yaml\n(.*?)^```", DOCS, re.M | re.S
)
CLASSES = tuple("0123456789")
NUMBERS = [0.01] * 7 + [0.9, 0.02, 0.01]
BEST_FIRST = sorted(zip(CLASSES, NUMBERS, strict=True), key=lambda pair: -pair[1])
ANSWERS: dict[str, Any] = {
    "JSON with base64: FastAPI, LitServe, BentoML": {"label": "7", "probabilities": NUMBERS},
    "A form with a file: what browsers send": [
        {"label": name, "score": score} for name, score in BEST_FIRST
    ],
    "The image itself: SageMaker `/invocations`": {"class": 7, "probabilities": [NUMBERS]},
    "The image itself: TorchServe": dict(BEST_FIRST[:5]),
    "Base64 alone, web-safe": "7",
    "TensorFlow Serving, REST": {"predictions": [{"classes": "7", "scores": NUMBERS}]},
    "Open Inference (KServe v2): Triton, MLServer": {
        "outputs": [
            {"name": "logits", "shape": [1, 10], "data": NUMBERS},
            {"name": "probabilities", "shape": [1, 10], "data": NUMBERS},
        ]
    },
}
"""By title: an answer like the one that its snippet describes."""
SNIPPETS = pytest.mark.parametrize(
    ("title", "snippet"), TITLES_AND_SNIPPETS, ids=[title for title, _ in TITLES_AND_SNIPPETS]
)


def server_of(folder: Path, snippet: str) -> OwnServer:
    path = folder / "params.yaml"
    path.write_text(snippet, encoding="utf-8")
    server = read_section(ContainerSettings, path).server
    assert not isinstance(server, ProjectServer)
    return server


def test_docs__have_a_snippet_for_every_answer_here() -> None:
    assert list(ANSWERS) == [title for title, _ in TITLES_AND_SNIPPETS]
    assert DOCS.count("```yaml") == len(ANSWERS)


@SNIPPETS
def test_snippet__makes_a_request(tmp_path: Path, title: str, snippet: str) -> None:
    predict = server_of(tmp_path, snippet).asked
    tensor = np.zeros((3, 32, 32), dtype=np.float32)
    picture = Picture(name="a.png", content=b"abc", tensor=lambda: tensor)
    body = call_about(picture, predict.path, predict.request).body
    assert body
    assert b"<" not in body  # no placeholder is left


@SNIPPETS
def test_snippet__finds_the_label(tmp_path: Path, title: str, snippet: str) -> None:
    settings = server_of(tmp_path, snippet).asked.answer
    rungs = AnswerReader(settings=settings, classes=CLASSES).read(ANSWERS[title])
    assert "7" == rungs["label"].rung.text
    numbers = rungs["probabilities"].array if "probabilities" in rungs else None
    assert numbers is None or np.array(NUMBERS, dtype=np.float32).tolist() == numbers.tolist()


def rows() -> list[tuple[str, str]]:
    """(answer, settings) of the table of expressions, without those that show no JSON."""
    table = DOCS.partition("| the server tells | expression |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| `([\[{].*?)`.*? \| (.*?) \|$", table, re.M)
    return [(answer, settings) for answer, settings in cells]


@pytest.mark.parametrize(("answer", "expression"), rows(), ids=[answer for answer, _ in rows()])
def test_table__finds_what_it_says(answer: str, expression: str) -> None:
    """`…` in an answer stands for the other classes, which these two-class models lack."""
    document = parse_json(answer.replace(", …", "").encode())
    told = dict(re.findall(r"`(\w+): \"?(.*?)\"?`", expression))
    untold = {"label": None, "label_as": "name", "probabilities": None, "logits": None}
    settings = AnswerSettings.model_validate(untold | told)
    numbers = len(document) if isinstance(document, list | dict) else 1
    names = {1: ("7",), 2: ("7", "1")}
    classes = CLASSES if "label" in told else names[numbers]
    label = AnswerReader(settings=settings, classes=classes).read(document)["label"].rung.text
    assert "7" == label


def test_trace_route__answers_with_rungs() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", DOCS, re.M | re.S)
    pixels = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    content = BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    tensor = pixels.transpose(2, 0, 1).astype(np.float32)  # (3, 4, 5), not contiguous
    mine: dict[str, Any] = {
        "preprocess": lambda image: image.transpose(2, 0, 1).astype(np.float32),
        "network": lambda tensor: tensor.mean(axis=(1, 2))[np.newaxis],
    }
    exec(code, mine)  # noqa: S102 (the documentation's own code)
    trace: Callable[[Request], Coroutine[Any, Any, Response]] = mine["trace"]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content.getvalue(), "more_body": False}

    answer = asyncio.run(trace(Request({"type": "http", "method": "POST"}, receive)))
    rungs = read_trace(bytes(answer.body)).rungs
    expected = {"image": pixels, "tensor": tensor, "logits": tensor.mean(axis=(1, 2))}
    assert {step: record_array(array).rung for step, array in expected.items()} == {
        step: recorded.rung for step, recorded in rungs.items()
    }
