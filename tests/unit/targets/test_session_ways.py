"""Ways to ask the exported model in this process: its own bits, in batches and elsewhere too."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.data.decode import read_image
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination
from ml_ci.inquiry.fresh_process import fresh_answers
from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.parity.checks.invariants import invariant_checks
from ml_ci.rung import Array
from ml_ci.targets.requests import Picture
from ml_ci.targets.session_ways import ModelFiles, SessionWay, no_tensor
from tests.builders.images import RULE, picture, png
from tests.builders.onnx_model import CLASS_NAMES, SIDE, write_model
from tests.builders.traces import noise_floor


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """The tiny exported model."""
    folder = write_model(tmp_path_factory.mktemp("models"))
    return ModelFiles(folder=folder, rule=RULE, threads=1)


@pytest.fixture(scope="module")
def session_way(files: ModelFiles) -> SessionWay:
    """Into the tiny exported model."""
    return files.way()


def numbers(rungs: Rungs, step: str) -> list[float]:
    array = rungs[step].array
    assert array is not None
    return [float(number) for number in array]


def pictures(count: int) -> list[Picture]:
    contents = [png(picture(seed, height=9 + seed)) for seed in range(count)]
    return [
        Picture(name=f"{seed}.png", content=content, tensor=no_tensor)
        for seed, content in enumerate(contents)
    ]


def chosen(way: SessionWay) -> list[Chosen[Picture]]:
    asked = pictures(4)
    labels = [asyncio.run(way.ask([one]))[0]["label"].rung.text or "" for one in asked]
    return [
        Chosen(name=one.name, picture=one, label=label, margin=0.5)
        for one, label in zip(asked, labels, strict=True)
    ]


def test_session_way__has_the_bits_of_the_model(session_way: SessionWay) -> None:
    (asked,) = pictures(1)
    image = read_image(asked.content, RULE).image[np.newaxis]
    logits, probabilities, label = session_way.model.run(
        ["logits", "probabilities", "label"], {"image": image}
    )

    (found,) = asyncio.run(session_way.ask([asked]))

    assert numbers(found, "logits") == logits[0].tolist()
    assert numbers(found, "probabilities") == probabilities[0].tolist()
    assert label[0] == found["label"].rung.text


def test_session_way__puts_pictures_of_all_sizes_into_a_batch(session_way: SessionWay) -> None:
    asked = pictures(3)

    together = asyncio.run(session_way.ask(asked))

    assert None is session_way.why_alone(asked[0])
    for one, found in zip(asked, together, strict=True):
        (alone,) = asyncio.run(session_way.ask([one]))
        assert numbers(alone, "logits") == pytest.approx(numbers(found, "logits"), abs=1e-5)
        assert alone["label"].rung == found["label"].rung


def test_session_way__does_not_answer_what_cannot_be_decoded(session_way: SessionWay) -> None:
    broken = Picture(name="x", content=b"no image", tensor=no_tensor)

    with pytest.raises(NoAnswerError):
        asyncio.run(session_way.ask([broken]))


def test_session_way__does_not_hide_other_errors(session_way: SessionWay) -> None:
    def fail(_: Picture) -> Any:
        raise KeyError("a bug")

    way = SessionWay(model=session_way.model, network=session_way.network, image_of=fail)

    with pytest.raises(KeyError):
        asyncio.run(way.ask(pictures(1)))


def test_session_way__keeps_every_invariant(files: ModelFiles, session_way: SessionWay) -> None:
    asked = chosen(session_way)
    examination = Examination(
        way=session_way, chosen=asked, class_names=CLASS_NAMES, repeats=3, concurrency=8
    )
    first = asyncio.run(examination.run())
    again = fresh_answers(files.way, asked, CLASS_NAMES)

    fresh = examination.hold_together("fresh process", first.usual, again)
    found = invariant_checks(first.record.including(fresh), noise_floor())

    assert ["agrees"] * 8 == [check.outcome for check in found]
    assert [1] * 4 == [held.identical for held in fresh.held]


def test_tensor_of__is_what_the_model_puts_into_its_network(files: ModelFiles) -> None:
    (asked,) = pictures(1)
    network, tensor_of = files.network_way(), files.tensor_of()

    tensor = tensor_of("x", asked.content)

    assert tensor is not None
    (through,) = asyncio.run(network.ask([tensor]))
    (whole,) = asyncio.run(files.way().ask([asked]))
    assert numbers(whole, "logits") == numbers(through, "logits")


def test_tensor_of__has_none_of_what_is_no_image(files: ModelFiles) -> None:
    assert None is files.tensor_of()("x", b"no image")


def test_tensor_of__without_a_model_is_no_answer(files: ModelFiles, tmp_path: Path) -> None:
    tensor_of = replace(files, folder=tmp_path).tensor_of()

    with pytest.raises(NoAnswerError, match=r"^ONNX Runtime cannot load "):
        tensor_of("x", pictures(1)[0].content)


def test_network_way__takes_tensors(files: ModelFiles) -> None:
    tensors: list[Array] = [np.full((3, SIDE, SIDE), level, np.float32) for level in (0.25, 0.5)]
    way = files.network_way()

    found = asyncio.run(way.ask(tensors))

    assert [len(CLASS_NAMES)] * 2 == [len(numbers(one, "logits")) for one in found]
    assert numbers(found[1], "logits") == pytest.approx(
        [2 * number for number in numbers(found[0], "logits")], rel=1e-5
    )


def test_network_way__does_not_answer_a_tensor_of_another_shape(files: ModelFiles) -> None:
    way = files.network_way()

    with pytest.raises(NoAnswerError, match=r"^ONNX Runtime refuses: "):
        asyncio.run(way.ask([np.zeros((3, 5, 7), np.float32)]))
