"""Questions: every kind is asked, in its order, and what is not asked says why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ml_ci.artifacts.inquiry import AccuracyRecord, synthetic_not_asked
from ml_ci.artifacts.model_facts import no_facts
from ml_ci.inquiry.way import NoAnswerError, P, Rungs, Way
from ml_ci.rung import Array
from ml_ci.targets.questions import NO_SAMPLE, Asked, Side
from ml_ci.targets.requests import Picture
from ml_ci.targets.session_ways import ModelFiles
from ml_ci.targets.synthetic import NO_WAY
from tests.builders.images import RULE
from tests.builders.onnx_model import write_model
from tests.builders.questions import CONTENTS, GOLDEN, questions

FACTS = no_facts("of a test")


class Telling:
    """A way that tells of its requests; ``silent`` ones are not answered."""

    def __init__(self, way: Way[P], kind: str, told: list[str], *, silent: bool = False) -> None:
        self._way: Way[Any] = way
        self._kind, self._told, self._silent = kind, told, silent

    def why_alone(self, picture: Any, /) -> str | None:
        return self._way.why_alone(picture)

    async def ask(self, pictures: Sequence[Any], /) -> Sequence[Rungs]:
        self._told.append(self._kind)
        if self._silent:
            raise NoAnswerError("silent")
        return await self._way.ask(pictures)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    folder: Path = write_model(tmp_path_factory.mktemp("models"))
    return ModelFiles(folder=folder, rule=RULE, threads=1)


def side(
    files: ModelFiles,
    told: list[str],
    *,
    tensors: bool = True,
    silent: bool = False,
) -> Side:
    pictures: Way[Picture] = Telling(files.way(), "picture", told, silent=silent)
    network: Way[Array] = Telling(files.network_way(), "tensor", told, silent=silent)
    return Side(
        name="it",
        facts=FACTS,
        pictures=pictures,
        tensors=network if tensors else None,
        tensor_of=lambda _name, _content: None,
    )


def ask(files: ModelFiles, told: list[str] | None = None, **changes: Any) -> Asked:
    settings = {"accuracy": changes.pop("accuracy")} if "accuracy" in changes else {}
    asked = side(files, [] if told is None else told, **changes)
    return asyncio.run(questions(files, **settings).ask(asked))


def accuracy(asked: Asked) -> AccuracyRecord:
    assert asked.inquiry.accuracy is not None
    return asked.inquiry.accuracy


def test_ask__of_a_right_side_finds_nothing(files: ModelFiles) -> None:
    inquiry = ask(files).inquiry

    assert {True} == {
        held.answers == held.identical > 0
        for one in inquiry.invariants.invariants
        for held in one.held
    }
    assert [0.0] * 3 == [one.worst for one in inquiry.synthetic.inputs]
    assert (GOLDEN, FACTS) == (inquiry.invariants.images, inquiry.facts)


def test_ask__puts_many_at_once_last(files: ModelFiles) -> None:
    told: list[str] = []
    names = [one.name for one in ask(files, told).inquiry.invariants.invariants]

    assert (["tensor"] * 3, "concurrent") == (told[:3], names[-1])
    assert {"picture"} == set(told[3:])


def test_ask__takes_a_sample_of_the_test_set(files: ModelFiles) -> None:
    found = accuracy(ask(files))

    assert (len(CONTENTS), 10, 10) == (found.images, found.asked, found.answered)
    assert found.accuracy is not None
    assert (1.0, 1.0) == (found.accuracy.script, found.accuracy.served)


def test_ask__takes_all_of_a_test_set_that_is_smaller(files: ModelFiles) -> None:
    found = accuracy(ask(files, accuracy={"sample": 100}))

    assert (12, 12) == (found.images, found.asked)


def test_ask__leaves_the_test_set_alone_where_none_is_wanted(files: ModelFiles) -> None:
    told: list[str] = []
    whole: list[str] = []
    inquiry = ask(files, told, accuracy={"sample": 0}).inquiry
    ask(files, whole)

    assert (None, NO_SAMPLE, 10) == (
        inquiry.accuracy,
        inquiry.accuracy_not_asked,
        len(whole) - len(told),
    )


def test_ask__says_that_no_tensors_are_taken(files: ModelFiles) -> None:
    told: list[str] = []

    assert synthetic_not_asked(NO_WAY) == ask(files, told, tensors=False).inquiry.synthetic
    assert {"picture"} == set(told)


def test_ask__of_a_silent_side_keeps_the_reasons(files: ModelFiles) -> None:
    asked = ask(files, silent=True)

    failures = {
        held.failure for one in asked.inquiry.invariants.invariants for held in one.held
    } | {one.failure for one in asked.inquiry.synthetic.inputs}
    failures |= {one.message for one in accuracy(asked).failures}
    assert ({"silent"}, 0) == (failures, accuracy(asked).answered)
