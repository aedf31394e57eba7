"""Calibration: how much two correct sides may differ on each float rung of this model.

Measured on a fixed set of synthetic pictures, against the same steps in float64. The golden set
takes no part, so no image added to it can loosen anything.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ml_ci.model.classifier import Ladder
from ml_ci.model.images import Image
from ml_ci.noise import SAFETY, NoiseFloor, RungNoise, starts_of, ulp_floor
from ml_ci.progress import tracked
from ml_ci.steps import FLOAT_STEPS, IMAGE, Step

Floats = NDArray[np.floating[Any]]

SEED = 20_261_121
# Height × width: 1 px up to the largest golden images, both orientations, aspects up to 20:1, and
# sides that divide evenly and that do not. Longer sides added nothing but time.
SIZES = (
    *((1, 1), (1, 7), (20, 1), (3, 2), (8, 8), (12, 10), (17, 31), (32, 32), (33, 47)),
    *((64, 64), (20, 400), (400, 20), (101, 101), (127, 65), (90, 200), (256, 256), (400, 297)),
)
# A disturbance that has the same sign everywhere shifts a picture's level, one with random signs
# roughens it: networks answer to the two very differently.
RANDOM_SIGNS = 4
ROUNDINGS = 4
"""Other implementations tried on each picture."""
# One colour everywhere: what is rounded is rounded alike in every place and does not average out
BLANK = (0, 255)
BLANK_SIDE = 64


def calibrate(ladder: Ladder) -> NoiseFloor:
    """The noise floor of a float32 ``ladder``, the same for every set of golden images."""
    truth = Ladder(
        ladder.settings, ladder.classifier.network, ladder.class_names, dtype=torch.float64
    )
    pictures = calibration_pictures()
    climbed = [
        {IMAGE.name: picture[None], **ladder.run(IMAGE.name, picture[None])}
        for picture in tracked(pictures, "calibrating")
    ]
    rungs: dict[str, RungNoise] = {}
    floor = NoiseFloor(rungs=rungs)
    for below, step in zip((IMAGE, *FLOAT_STEPS[:-1]), FLOAT_STEPS, strict=True):
        own_error = max(_own_error(ladder, truth, step, values[below.name]) for values in climbed)
        own = max(SAFETY * own_error, step.smallest_floor)
        since = {below.name: own}
        for start in starts_of(below.name):
            since[start] = max(
                max(own, ulp_floor(step.name, values[step.name]))
                + _carried(truth, step, values[below.name], allowed)
                for values in climbed
                for allowed in (floor.allowed(below.name, start, values[below.name]),)
            )
        rungs[step.name] = RungNoise(
            own_error=rounded_up(own_error),
            since={start: rounded_up(since[start]) for start in starts_of(step.name)},
        )
    return floor


def calibration_pictures() -> tuple[Image, ...]:
    """Smooth and noisy pictures of each of ``SIZES`` and blank ones, uint8 H×W×3.

    The same on every machine.
    """
    random = np.random.default_rng(SEED)
    drawn = (
        picture
        for height, width in SIZES
        for picture in (_smooth(random, height, width), _noisy(random, height, width))
    )
    blank = (np.full((BLANK_SIDE, BLANK_SIDE, 3), level, np.uint8) for level in BLANK)
    return (*drawn, *blank)


def rounded_up(value: float) -> float:
    """To two significant digits, upwards, so that machines with benign differences agree."""
    if value == 0:
        return 0.0
    digits = 1 - math.floor(math.log10(value))
    # Through text: 0.0123 → 13e-3 and not 0.013000000000000001
    return float(f"{math.ceil(value * 10.0**digits)}e{-digits}")


def _own_error(ladder: Ladder, truth: Ladder, step: Step, value: NDArray[Any]) -> float:
    """Largest |float32 − float64| when both apply ``step`` to the same ``value``.

    Of this library, or of one that rounds elsewhere: sums in another order are as correct.
    """
    exact = truth.step(step.name, value)
    computed = ladder.step(step.name, value).astype(np.float64)
    others = truth.rounded(step.name, value, samples=ROUNDINGS, seed=SEED)
    return float(np.abs(np.concatenate((computed, others)) - exact).max())


def _carried(truth: Ladder, step: Step, value: Floats, size: float) -> float:
    """How far noise of ``size`` on the rung below moves this one, at most of those tried."""
    exact = value.astype(np.float64)
    disturbed = exact + size * _signs(value.shape[1:])
    carried = truth.step(step.name, np.concatenate((exact, disturbed)))  # (1 + D, …)
    return float(np.abs(carried[1:] - carried[:1]).max())


def _signs(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """All 1, all −1, and random signs: (D, …)."""
    random = np.random.default_rng(SEED)
    drawn = random.choice((-1.0, 1.0), size=(RANDOM_SIGNS, *shape))
    return np.concatenate((np.ones((1, *shape)), -np.ones((1, *shape)), drawn))


def _smooth(random: np.random.Generator, height: int, width: int) -> Image:
    """Two slow waves per channel between random levels, as paper and ink."""
    down, across = np.mgrid[0:height, 0:width] / max(height, width)  # (H, W) each, 0…1
    angle, pace, phase = random.uniform(0, 2 * math.pi, (3, 3))  # per channel
    wave = np.sin(
        2 * pace * (down[..., None] * np.sin(angle) + across[..., None] * np.cos(angle)) + phase
    )  # (H, W, 3), −1…1
    low, high = np.sort(random.uniform(0, 255, (2, 3)), axis=0)
    picture: Image = np.rint(low + (high - low) * (wave + 1) / 2).astype(np.uint8)
    return picture


def _noisy(random: np.random.Generator, height: int, width: int) -> Image:
    return random.integers(0, 256, (height, width, 3), dtype=np.uint8)
