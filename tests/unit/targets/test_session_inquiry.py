"""Asking the exported model in this process and in a fresh one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.inquiry import Inquiry, nothing_asked
from ml_ci.artifacts.model_facts import no_facts
from ml_ci.inquiry.way import NoAnswerError
from ml_ci.targets.session_inquiry import ask_model
from ml_ci.targets.session_ways import ModelFiles
from tests.builders.images import RULE
from tests.builders.onnx_model import CLASS_NAMES, write_model
from tests.builders.questions import GOLDEN, questions


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    folder: Path = write_model(tmp_path_factory.mktemp("models"))
    return ModelFiles(folder=folder, rule=RULE, threads=1)


@pytest.fixture(scope="module")
def inquiry(files: ModelFiles) -> Inquiry:
    return ask_model("onnx", files, questions(files))


def test_ask_model__asks_a_fresh_process(inquiry: Inquiry) -> None:
    fresh = inquiry.invariants.invariants[-1]

    assert ("fresh process", "") == (fresh.name, fresh.not_asked)
    assert [(name, 1, 1) for name in GOLDEN] == [
        (one.image, one.answers, one.identical) for one in fresh.held
    ]


def test_ask_model__reads_what_the_file_says(inquiry: Inquiry, files: ModelFiles) -> None:
    facts = inquiry.facts

    assert (sha256_of_file(files.folder / "model.onnx"), CLASS_NAMES, "stretch") == (
        facts.model_sha256,
        facts.class_names,
        (facts.preprocess or {})["fit"],
    )


def test_ask_model__puts_tensors_into_the_network(inquiry: Inquiry) -> None:
    assert [("ones", 0.0), ("zeros", 0.0), ("uniform 1", 0.0)] == [
        (one.name, one.worst) for one in inquiry.synthetic.inputs
    ]


def test_ask_model__whose_fresh_process_dies_keeps_the_rest(files: ModelFiles) -> None:
    failure = NoAnswerError("it died")

    found = ask_model(
        "onnx",
        files,
        questions(files),
        fresh=lambda _make, chosen, _names: {one.name: failure for one in chosen},
    )

    assert {"it died"} == {one.failure for one in found.invariants.invariants[-1].held}
    assert found.accuracy is not None


@pytest.mark.parametrize("name", ["model.onnx", "network.onnx"])
def test_ask_model__that_cannot_be_loaded_asks_nothing(
    files: ModelFiles, tmp_path: Path, name: str
) -> None:
    folder = write_model(tmp_path)
    (folder / name).write_bytes(b"no model")
    broken = ModelFiles(folder=folder, rule=RULE, threads=1)

    found = ask_model("onnx", broken, questions(files))

    reason = found.accuracy_not_asked
    assert reason.startswith(f"ONNX Runtime cannot load {folder / name}: ")
    assert nothing_asked(no_facts(reason), reason) == found
