"""Whether the container was exercised, and the sentence that says so."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.artifacts.image_record import BuiltImage, ImageRecord
from ml_ci.artifacts.records import TargetRecord
from ml_ci.report.engine import reported_engine

IMAGE = BuiltImage(
    name="ml-ci:abc",
    id="sha256:0123456789abcdef",
    size_bytes=1,
    base="python:3.11",
    base_id="b",
    stands_in_for=None,
    base_bytes=1,
    build_seconds=None,
)


def prepared(**changed: Any) -> ImageRecord:
    content = {
        "wanted": "docker",
        "used": "docker",
        "reason": "",
        "context_sha256": "0",
        "image": IMAGE,
        "failure": None,
        "log_tail": (),
    }
    return ImageRecord.model_validate(content | changed)


def replayed(**changed: Any) -> TargetRecord:
    content = {
        "name": "server",
        "kind": "container",
        "images": 2,
        "failures": 0,
        "gave_up": None,
        "log_tail": (),
        "problems": (),
        "image": IMAGE,
        "inquiry": None,
        "recorded": None,
        "trace_sha256": "0" * 64,
    }
    return TargetRecord.model_validate(content | changed)


@pytest.mark.parametrize(
    ("image", "container", "exercised", "sentence"),
    [
        pytest.param(
            prepared(),
            replayed(),
            True,
            "the server ran in its container, by docker, image ml-ci:abc (0123456789ab) made from "
            "python:3.11",
            id="it ran",
        ),
        pytest.param(
            prepared(),
            replayed(failures=1),
            True,
            "the server ran in its container, by docker, image ml-ci:abc (0123456789ab) made from "
            "python:3.11",
            id="it answered something",
        ),
        pytest.param(
            prepared(),
            replayed(failures=2),
            False,
            "the server was started by docker from image ml-ci:abc in vain",
            id="it answered nothing",
        ),
        pytest.param(
            prepared(image=None, failure="no"),
            replayed(failures=2, image=None),
            False,
            "there is no container: its image could not be built",
            id="no image",
        ),
        pytest.param(
            prepared(used="process", reason="no engine", image=None),
            replayed(image=None),
            False,
            "the server ran as a process (no engine), from the wheels it ships with; the container "
            "itself was not exercised",
            id="a process",
        ),
        pytest.param(
            prepared(),
            None,
            False,
            "no target in params.yaml is a container, so none was exercised",
            id="no such target",
        ),
    ],
)
def test_reported_engine(
    image: ImageRecord, container: TargetRecord | None, exercised: bool, sentence: str
) -> None:
    engine = reported_engine(image, container)
    image_id = IMAGE.id if exercised else None
    assert (exercised, image_id, sentence) == (
        engine.container_exercised,
        engine.image_id,
        engine.sentence,
    )


def test_reported_engine__tells_a_stand_in_for_the_base() -> None:
    image = IMAGE.model_copy(update={"stands_in_for": "python:3.11", "base": "mine"})
    engine = reported_engine(prepared(), replayed(image=image))
    assert (True, True) == (engine.stand_in, "which stands in for python:3.11" in engine.sentence)
