"""docs/targets.md: everything that can be copied from it works, and it quotes what is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.params.predict import PredictSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import HttpTarget, OurProtocol, Target, TargetsSettings
from ml_ci.targets.answers import AnswerReader
from ml_ci.targets.requests import Picture, call_about

DOCS = Path("docs/targets.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```", DOCS, re.M | re.S)
CLASSES = tuple("0123456789")
NUMBERS = [0.01] * 7 + [0.9, 0.02, 0.01]
OUTPUTS = {
    "outputs": [
        {"name": "label", "datatype": "BYTES", "shape": [1], "data": ["7"]},
        {"name": "logits", "datatype": "FP32", "shape": [1, 10], "data": NUMBERS},
        {"name": "probabilities", "datatype": "FP32", "shape": [1, 10], "data": NUMBERS},
    ]
}
ANSWERS: list[Any] = [
    {"label": "7", "probabilities": NUMBERS},
    {"predictions": [{"classes": "7", "scores": NUMBERS}]},
    {"predictions": [NUMBERS]},
    OUTPUTS,
    OUTPUTS,
    {"class": 7, "probabilities": NUMBERS},
    {"predictions": [{"label": "7", "probabilities": NUMBERS}]},
]
"""Of the snippets that ask a server which is not ours, in their order."""


def targets_of(folder: Path, snippet: str) -> dict[str, Target]:
    path = folder / "params.yaml"
    path.write_text(snippet, encoding="utf-8")
    return dict(read_section(TargetsSettings, path).root)


def asked(folder: Path) -> list[PredictSettings]:
    found = []
    for snippet in SNIPPETS:
        for target in targets_of(folder, snippet).values():
            if isinstance(target, HttpTarget) and not isinstance(target.protocol, OurProtocol):
                found.append(target.protocol.predict)
    return found


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[str(n) for n in range(len(SNIPPETS))])
def test_snippet__is_a_section(tmp_path: Path, snippet: str) -> None:
    assert targets_of(tmp_path, snippet)


def test_snippets__show_every_kind_and_protocol(tmp_path: Path) -> None:
    targets = [target for one in SNIPPETS for target in targets_of(tmp_path, one).values()]
    protocols = {one.protocol.kind for one in targets if isinstance(one, HttpTarget)}
    assert {"container", "onnx", "http", "dump"} == {target.kind for target in targets}
    assert {"custom", "ml-ci", "tf-serving", "open-inference", "sagemaker"} == protocols


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_snippet__makes_a_request_and_finds_the_answer(tmp_path: Path, number: int) -> None:
    predict = asked(tmp_path)[number]
    tensor = np.zeros((3, 32, 32), dtype=np.float32)
    picture = Picture(name="a.png", content=b"abc", tensor=lambda: tensor)
    body = call_about(picture, predict.path, predict.request).body
    rungs = AnswerReader(settings=predict.answer, classes=CLASSES).read(ANSWERS[number])
    assert body
    assert b"<" not in body  # no placeholder is left
    assert "7" == rungs["label"].rung.text
    numbers = rungs["probabilities"].array
    assert numbers is not None
    assert np.array(NUMBERS, dtype=np.float32).tolist() == numbers.tolist()


def test_snippets__have_an_answer_here(tmp_path: Path) -> None:
    assert len(ANSWERS) == len(asked(tmp_path))


def test_table__quotes_what_is_said() -> None:
    """With other numbers and paths: its sentences are held against the code word by word."""
    code = " ".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
        for path in Path("ml_ci/targets").glob("*.py")
    )
    table = DOCS.partition("| it | what is said |")[2].partition("\n\n")[0]
    quoted = re.findall(r"\| `(.*?)` \|$", table, re.M)
    given = r"/\w+|\d+|targets\.staging\.headers in params\.yaml|probabilities|NaN"
    missing = [
        part.strip()
        for sentence in quoted
        for part in re.split(given, sentence)
        if part.strip(" ,:()") and part.strip(" ,:()") not in code
    ]
    assert (11, []) == (len(quoted), missing)
