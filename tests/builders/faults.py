"""A real, small reference for faults, pictures of every kind, and targets that have a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.model.classifier import Ladder
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.model.wrong_networks import WrongNetworks
from ml_ci.noise import NoiseFloor
from ml_ci.parity.diagnosis.explaining import explain
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import NAMES, SENT, Course, Start
from ml_ci.parity.faults.fault import Evidence, Fault, Make, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import DECODED, IMAGE, RECEIVED
from tests.builders.images import RULE as TEST_RULE
from tests.builders.images import encoded, with_orientation
from tests.builders.model import preprocess_settings, small_network
from tests.builders.pictures import every_picture
from tests.builders.traces import noise_floor

CLASSES = ("ant", "bee", "cat", "dog", "eel")
RULE = replace(TEST_RULE, max_side=1000, max_pixels=400_000)


def reference(**settings: Any) -> Reference:
    """A small network with real weights behind ``preprocess_settings(**settings)``."""
    chosen = preprocess_settings(**settings)
    network = small_network(chosen.channels, len(CLASSES))
    ladder = Ladder(chosen, network, CLASSES)
    return Reference(
        executor=ReferenceSteps(ladder, RULE, lambda image: pictures()[image], StepError),
        networks=WrongNetworks(network, StepError),
        settings=chosen,
        rule=RULE,
        class_names=CLASSES,
    )


@cache
def pictures() -> Mapping[str, bytes]:
    """Encoded, by what is special about them: every kind that is taken, and coloured scenes."""
    return MappingProxyType(every_picture() | _scenes())


def scene(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """uint8 (H, W, 3): smooth colours, a few edges, some fine texture; no two parts alike."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = [
        128 + 60 * np.sin(random.uniform(1, 5) * rows * 6 + random.uniform(1, 5) * columns * 6)
        for _ in range(3)
    ]
    levels = np.stack(waves, axis=2)  # (H, W, 3)
    levels[height // 5 : height // 2, width // 4 : width // 2] = random.uniform(0, 255, 3)
    corner = levels[-(height // 4) :, -(width // 3) :]
    corner += random.normal(0, 40, (*corner.shape[:2], 1))
    scene: NDArray[np.uint8] = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return scene


def _scenes() -> dict[str, bytes]:
    wide, tall = Image.fromarray(scene(60, 97)), Image.fromarray(scene(120, 71, seed=1))
    return {
        "wide.png": encoded(wide, "PNG"),
        "tall.png": encoded(tall, "PNG"),
        "wide 4:2:0.jpg": encoded(wide, "JPEG", quality=90, subsampling=2),
        "tall 4:4:4.jpg": encoded(tall, "JPEG", quality=95, subsampling=0),
        "turned.jpg": with_orientation(wide, "JPEG", 6),
        "small.png": encoded(Image.fromarray(scene(12, 9, seed=2)), "PNG"),
    }


def evidence(
    reference: Reference, step: str, make: Make | None, images: Iterable[str] | None = None
) -> Evidence:
    """A target that climbs as it should up to ``step``, and does that with ``make``.

    Written apart from the catalogue's own variants wherever that can be.
    """
    names = list(pictures()) if images is None else list(images)
    course = Course(reference, Start(since=SENT, stands=[pictures()[name] for name in names]))
    below = NAMES[NAMES.index(step) - 1]
    given = course.run(below)
    if step == IMAGE.name:
        given = course.seen()
    if make is None:
        return Evidence(given=list(given), made=list(course.run(step)))
    single = step in (RECEIVED.name, DECODED.name, IMAGE.name, "resized")
    made = [make(one, reference) for one in given] if single else make(given, reference)
    return Evidence(given=list(given), made=list(made))


def explaining(
    fault: Fault, evidence: Evidence, reference: Reference, noise: NoiseFloor | None = None
) -> list[Variant]:
    """Those fitted variants of ``fault`` that leave nothing of ``evidence`` but noise."""
    floor = noise_floor() if noise is None else noise
    return [
        variant
        for variant in fault.fit(evidence, reference)
        if explain(variant, evidence, reference, floor).whole
    ]
