"""Containers that get ready and then answer badly: what the replay and the verdict say of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ml_ci.engines.base_image import BaseImage
from ml_ci.parity.compare import Comparison
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayJob, ReplayResult, replay
from ml_ci.targets.routes import routes_of_server
from ml_ci.trace.reading import Trace
from tests.builders.containers import (
    CLASSES,
    engine_for,
    settings_for,
)
from tests.builders.target_settings import replay_settings
from tests.builders.traces import noise_floor

pytestmark = pytest.mark.usefixtures("elsewhere", "nothing_left")
# The server answers by the length of the body: no image has the class of the one before it
IMAGES = {f"{number}.png": b"x" * (number + 1) for number in range(6)}


def replayed(base: BaseImage, own: Path, mode: str, folder: Path) -> ReplayResult:
    """Of all images, one after the other."""
    job = ReplayJob(
        target="server",
        receipt="r",
        routes=routes_of_server(settings_for(base, mode), CLASSES),
        settings=replay_settings(concurrency=1, timeout_seconds=30.0),
    )
    sources = [Source(name=name, read=partial(bytes, content)) for name, content in IMAGES.items()]
    with engine_for(base, mode, memory_mb=64).running(own) as server:
        return replay(server, sources, folder, job)


def verdict(reference: Path, target: Path) -> ParityResult:
    sides = Sides(
        reference=Trace.open(reference),
        target=Trace.open(target),
        noise=noise_floor(),
        class_names=CLASSES,
    )
    return Comparison(sides=sides).run("server", IMAGES)


def test_server__that_answers_500_is_incomplete(base: BaseImage, own: Path, tmp_path: Path) -> None:
    replayed(base, own, "", tmp_path / "right")

    result = replayed(base, own, "failing", tmp_path / "failing")

    assert dict.fromkeys(IMAGES, "/predict answered 500: 'no idea'") == result.failures
    assert "incomplete" == verdict(tmp_path / "right", tmp_path / "failing").verdict


def test_server__that_answers_for_another_image_differs(
    base: BaseImage, own: Path, tmp_path: Path
) -> None:
    replayed(base, own, "", tmp_path / "right")

    result = replayed(base, own, "late", tmp_path / "late")

    found = verdict(tmp_path / "right", tmp_path / "late")
    assert {} == result.failures
    assert ("differs", "probabilities", 5) == (
        found.verdict,
        found.first_step,
        sum(image.first_step is not None for image in found.images),
    )


def test_server__killed_for_memory_ends_the_replay_with_the_reason(
    base: BaseImage, own: Path, tmp_path: Path
) -> None:
    result = replayed(base, own, "greedy", tmp_path / "greedy")

    reason = "the server was killed because it needed more memory than container.memory_mb (64 MB)"
    assert result.gave_up is not None
    assert result.gave_up.startswith(f"{reason}: the connection broke off during /predict")
    assert set(IMAGES) == set(result.failures)
