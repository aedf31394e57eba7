"""Our real server is asked everything beyond the golden replay, and keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.inquiry import AccuracyRecord, Invariant, SyntheticRecord
from ml_ci.data.decode import read_image
from ml_ci.engines.process import ProcessEngine, ServerProcess
from ml_ci.inquiry.choice import Candidate, Chosen, choose
from ml_ci.inquiry.examination import Examination, Examined
from ml_ci.inquiry.tensors import synthetic_tensors
from ml_ci.inquiry.way import Rungs
from ml_ci.parity.checks.accuracy import accuracy_check
from ml_ci.parity.checks.invariants import invariant_checks
from ml_ci.parity.checks.synthetic import synthetic_check
from ml_ci.serving.session import ModelSession, load_session
from ml_ci.targets.client import Client, open_client
from ml_ci.targets.labelled import LabelledPicture
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import routes_of_model
from ml_ci.targets.served_accuracy import ServedTest
from ml_ci.targets.synthetic import ask_synthetic, tensor_way
from ml_ci.targets.ways import ServerWay
from tests.builders.images import RULE, picture, png
from tests.builders.onnx_model import CLASS_NAMES
from tests.builders.traces import noise_floor

ROUTES = routes_of_model("shapes")
CONTENTS = {f"{seed:02}.png": png(picture(seed, height=5 + seed % 7)) for seed in range(40)}


@pytest.fixture(scope="module")
def session(context: Path) -> ModelSession:
    """The same model in this process."""
    return load_session(context / "models", name="shapes", version=1, threads=1, network=True)


@pytest.fixture(scope="module")
def predictions(session: ModelSession) -> dict[str, Prediction]:
    """What the script says: the model in this process."""
    found = {}
    for name, content in CONTENTS.items():
        said = session.predict(read_image(content, RULE).image)
        found[name] = Prediction(
            image=name,
            label=said.label,
            predicted=said.label,
            confidence=float(said.probabilities.max()),
        )
    return found


@pytest.fixture(scope="module")
def chosen(predictions: dict[str, Prediction]) -> Sequence[Chosen[Picture]]:
    """As the stage chooses them."""
    candidates = [
        Candidate(
            name=name,
            label=one.predicted,
            margin=one.confidence,
            size=(read_image(CONTENTS[name], RULE).image.shape[:2]),
        )
        for name, one in predictions.items()
    ]
    return choose(candidates, picture_of, images=6)


def picture_of(name: str) -> Picture:
    return Picture(name=name, content=CONTENTS[name], tensor=lambda: None)


def examination(client: Client, chosen: Sequence[Chosen[Picture]]) -> Examination[Picture]:
    way = ServerWay(client=client, route=ROUTES.predict)
    return Examination(way=way, chosen=chosen, class_names=CLASS_NAMES, repeats=5, concurrency=32)


def test_invariants__all_hold_to_the_last_bit(
    server: ServerProcess,
    engine: ProcessEngine,
    context: Path,
    chosen: Sequence[Chosen[Picture]],
) -> None:
    async def examine(url: str) -> Examined:
        async with open_client(url, timeout_seconds=10, connections=32) as client:
            return await examination(client, chosen).run()

    async def again(url: str, first: Examined) -> Invariant:
        async with open_client(url, timeout_seconds=10, connections=1) as client:
            asked = examination(client, chosen)
            return asked.hold_together("fresh process", first.usual, await asked.ask_again())

    first = asyncio.run(examine(server.url))
    with engine.running(context) as fresh:
        record = first.record.including(asyncio.run(again(fresh.url, first)))

    checks = invariant_checks(record, noise_floor())
    assert ["agrees"] * 8 == [check.outcome for check in checks]
    assert {True} == {
        held.identical == held.answers > 0 for one in record.invariants for held in one.held
    }


def test_synthetic_tensors__agree(server: ServerProcess, session: ModelSession) -> None:
    assert session.tensor_shape is not None
    tensors = synthetic_tensors(session.tensor_shape, uniform=3)
    reference: dict[str, Rungs] = {
        name: session.climb_from_tensor(tensor) for name, tensor in tensors.items()
    }

    async def ask() -> SyntheticRecord:
        async with open_client(server.url, timeout_seconds=10, connections=1) as client:
            way = tensor_way(client, ROUTES, trace_takes_tensors=True)
            assert way is not None
            return await ask_synthetic(way, tensors, reference, noise_floor(1e-9), CLASS_NAMES)

    record = asyncio.run(ask())

    assert {("logits", 0.0)} == {(one.step, one.worst) for one in record.inputs}
    assert "agrees" == synthetic_check(record).outcome


def test_accuracy__is_the_script_s(
    server: ServerProcess, predictions: dict[str, Prediction]
) -> None:
    images = [
        LabelledPicture(name=name, label=one.label, read=lambda name=name: CONTENTS[name])  # type: ignore[misc]
        for name, one in predictions.items()
    ]

    async def ask() -> AccuracyRecord:
        async with open_client(server.url, timeout_seconds=10, connections=4) as client:
            test = ServedTest(
                way=ServerWay(client=client, route=ROUTES.predict),
                script=predictions,
                rounded_by=0.0,
                class_names=CLASS_NAMES,
                concurrency=4,
            )
            return await test.run(images, whole=len(images))

    record = asyncio.run(ask())

    expected = "script 100.00%, served 100.00% on 40 test images: every answer is the same class"
    check = accuracy_check(record, noise_floor())
    assert ("agrees", expected) == (check.outcome, check.evidence)
