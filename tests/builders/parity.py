"""A reference small enough to compute by hand, targets that climb with it, and their comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.noise import NoiseFloor
from ml_ci.parity.accepted import Accepted
from ml_ci.parity.compare import Comparison
from ml_ci.parity.executor import StepError
from ml_ci.parity.result import Failure, ImageResult, ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.parity.tally import Tally
from ml_ci.rung import Array, Recorded, record_array, record_bytes, record_text
from ml_ci.steps import DECODED, IMAGE, LABEL, LADDER, RECEIVED, RESIZED, TENSOR
from tests.builders.traces import CLASS_NAMES, Rungs, noise_floor, pixels, write_trace

FILE = b"file"
Numbers = NDArray[Any]


def brighter(levels: int) -> Array:
    """``pixels()``, all of them by so many levels."""
    return (pixels().astype(np.int64) + levels).astype(np.uint8)


class TinySteps:
    """Decodes any bytes to ``pixels() + (their number − 4)``; 3×2×2 network input, two classes."""

    def sent(self, image: str) -> bytes:  # noqa: ARG002 - the same for every image
        return FILE

    def decode(self, content: bytes) -> tuple[Array, str]:
        if not content:
            raise StepError("nothing to decode")
        return brighter(len(content) - len(FILE)), "RGB"

    def flatten(self, pixels: Array, mode: str | None, content: bytes) -> Array:  # noqa: ARG002
        if pixels.ndim != 3 or pixels.shape[2] != 3:
            raise StepError("no colours")
        return pixels[::-1] if content.startswith(b"turned") else pixels

    def step(self, name: str, previous: Numbers, *, exact: bool) -> Numbers:
        values: Numbers = previous.astype(np.float64 if exact else np.float32)
        if name == RESIZED.name:
            return values[:, :2, :2].transpose(0, 3, 1, 2)
        if name == TENSOR.name:
            if values.shape[1:] != (3, 2, 2):
                raise StepError("no such shape")
            values /= 60  # most of these have no exact float16
            return values
        if name == "logits":
            flat = values.reshape(len(values), -1)
            # The order of the elements matters: a transposed input gives other logits
            weights = np.linspace(-1, 1, flat.shape[1]).astype(flat.dtype)
            return np.stack([flat @ weights, flat.mean(axis=1)], axis=1)
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        shares: Numbers = powers / powers.sum(axis=1, keepdims=True)
        return shares


def climbed(since: str, value: Array | bytes, *, mode: str | None = "RGB") -> Rungs:
    """The rungs from ``since`` on, as the tiny reference climbs from ``value``."""
    steps = TinySteps()
    rungs: dict[str, Recorded] = {}
    if since == RECEIVED.name:
        content = bytes(value)
        rungs[since] = record_bytes(content)
        value, mode = steps.decode(content)
        since = DECODED.name
    array = np.asarray(value)
    if since == DECODED.name:
        rungs[since] = record_array(array, text=mode)
        since = IMAGE.name
    rungs[since] = record_array(array)
    names = [step.name for step in LADDER]
    for name in names[names.index(since) + 1 : -1]:
        array = steps.step(name, array[None], exact=False)[0]
        rungs[name] = record_array(array)
    rungs[LABEL.name] = record_text(CLASS_NAMES[int(array.argmax())])
    return rungs


def reference() -> Rungs:
    return climbed(RECEIVED.name, FILE)


def array_of(rungs: Rungs, step: str) -> Numbers:
    array = rungs[step].array
    assert array is not None
    return array


def only(rungs: Rungs, *steps: str) -> Rungs:
    return {step: rungs[step] for step in steps}


def compare(
    folder: Path,
    target: Rungs | Mapping[str, Rungs],
    *,
    entry: str = RECEIVED.name,
    executor: TinySteps | None = None,
    without_executor: bool = False,
    noise: NoiseFloor | None = None,
    **accepted: Any,
) -> ParityResult:
    """One image, `a.png`, or several by name, against the tiny reference."""
    images = target if all(isinstance(one, dict) for one in target.values()) else {"a.png": target}
    both = {name: reference() for name in images}
    sides = Sides(
        reference=write_trace(folder / "reference", both),
        target=write_trace(folder / "target", images, with_pixels=True, entry=entry),  # type: ignore[arg-type]
        noise=noise or noise_floor(1e-4),
        class_names=CLASS_NAMES,
        executor=None if without_executor else executor or TinySteps(),
        accepted=Accepted(**accepted),
    )
    return Comparison(sides=sides).run("target", images)


def marks(result: ParityResult) -> dict[str, str]:
    """By step, of the first image, without the rungs that were not recorded."""
    rungs = result.images[0].rungs
    return {rung.step: rung.mark for rung in rungs if rung.mark != "not recorded"}


def judge(
    *, target: str, golden: int, images: Iterable[ImageResult], failures: Iterable[Failure]
) -> ParityResult:
    """The verdict on results made by hand."""
    tally = Tally(target=target, golden=golden, kept=golden)
    for failure in failures:
        tally.fail(failure)
    for image in images:
        tally.add(image, {})
    return tally.result()
