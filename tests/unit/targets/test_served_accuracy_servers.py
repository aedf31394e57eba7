"""Accuracy through real servers: a right one answers as the script, a broken one does not."""

from __future__ import annotations

import asyncio

import pytest

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.inquiry import AccuracyRecord
from ml_ci.targets.client import open_client
from ml_ci.targets.labelled import LabelledPicture
from ml_ci.targets.served_accuracy import ServedTest
from ml_ci.targets.ways import ServerWay
from tests.builders.broken_servers import (
    CLASS_NAMES,
    BrokenServer,
    chosen_pictures,
    one_route,
    tensors_route,
    with_modes,
)
from tests.builders.foreign_server import running_foreign_server


def through(server: BrokenServer, *, tensors: bool = False) -> AccuracyRecord:
    """Pictures of which the script knows what a right server answers, all right."""
    known = chosen_pictures(12)
    images = [
        LabelledPicture(name=one.name, label=one.label, read=lambda one=one: one.picture.content)  # type: ignore[misc]
        for one in known
    ]
    of_name = {one.name: one.picture.tensor for one in known}

    async def ask(url: str) -> AccuracyRecord:
        async with open_client(url, timeout_seconds=5, connections=4) as client:
            route = tensors_route() if tensors else one_route()
            test = ServedTest(
                way=ServerWay(client=client, route=route),
                script={one.name: _right(one.name, one.label) for one in known},
                rounded_by=0.005,
                class_names=CLASS_NAMES,
                concurrency=4,
                tensor_of=lambda name, _: of_name[name](),
            )
            return await test.run(images, whole=len(images))

    with running_foreign_server(server.app()) as running:
        return asyncio.run(ask(running.url))


def _right(image: str, label: str) -> Prediction:
    return Prediction(image=image, label=label, predicted=label, confidence=0.75)


@pytest.mark.parametrize("tensors", [False, True], ids=["pictures", "tensors"])
def test_run__through_a_right_server(tensors: bool) -> None:
    record = through(BrokenServer(), tensors=tensors)

    assert (12, 0, 0) == (record.answered, record.broken, len(record.failures))


def test_run__through_a_server_in_training_mode() -> None:
    record = through(BrokenServer(net=with_modes(dropout=True, batch_norm=True)))

    assert (12, True, 0) == (record.answered, record.broken > 0, len(record.failures))
