"""The export's check: ONNX Runtime on the exported bytes against the eager ladder, rung by rung."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.errors import UserError
from ml_ci.model.classifier import Ladder
from ml_ci.model.images import Image
from ml_ci.noise import NoiseFloor
from ml_ci.onnx_runtime import onnxruntime
from ml_ci.steps import FLOAT_STEPS, IMAGE, LABEL, LOGITS

Rungs = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class WorstDifference:
    """The image on which graph and eager differ most on one float rung, relative to the noise."""

    step: str
    image: str
    difference: float
    """Largest |ONNX Runtime − eager| there; infinite where one side is not finite."""
    allowed: float

    @property
    def ratio(self) -> float:
        """Difference ÷ allowed: above 1 is no noise."""
        return self.difference / self.allowed


def check_against_eager(
    model: bytes,
    ladder: Ladder,
    images: Iterable[tuple[str, Image]],
    noise: NoiseFloor,
    threads: int,
) -> tuple[WorstDifference, ...]:
    """Worst difference per float rung over ``images`` (name, uint8 H×W×3), in ladder order.

    Raises UserError naming the lowest rung and the image where they differ by more than noise, or
    where the label differs although the two likeliest classes are not within noise of each other.
    """
    session = opened(model, threads)
    worst: dict[str, WorstDifference] = {}
    other_labels = []
    for name, image in images:
        eager, graph = ladder.run(IMAGE.name, image[None]), climbed(session, image)
        for found in differences(name, eager, graph, noise):
            if found.step not in worst or found.ratio > worst[found.step].ratio:
                worst[found.step] = found
        if eager[LABEL.name][0] != graph[LABEL.name][0] and _decided(eager, noise):
            other_labels.append(name)
    ordered = tuple(worst[step.name] for step in FLOAT_STEPS if step.name in worst)
    _raise_if_different(ordered, other_labels)
    return ordered


def opened(model: bytes, threads: int) -> Any:
    """An onnxruntime.InferenceSession (untyped there) on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def climbed(session: Any, image: Image) -> Rungs:
    """Every rung of one image, each with a leading 1."""
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {IMAGE.name: image[None]}), strict=True))


def differences(name: str, eager: Rungs, graph: Rungs, noise: NoiseFloor) -> list[WorstDifference]:
    """One per float rung. Rungs that are not finite on a side differ without end."""
    found = []
    for step in FLOAT_STEPS:
        apart = np.abs(graph[step.name] - eager[step.name]).max()
        found.append(
            WorstDifference(
                step=step.name,
                image=name,
                difference=float(apart) if np.isfinite(apart) else float("inf"),
                allowed=noise.allowed_inherited(step.name, eager[step.name]),
            )
        )
    return found


def _decided(eager: Rungs, noise: NoiseFloor) -> bool:
    logits = eager[LOGITS.name][0]
    first, second = np.sort(logits)[[-1, -2]] if logits.size > 1 else (np.inf, 0)
    return bool(first - second > 2 * noise.allowed_inherited(LOGITS.name, logits))


def _raise_if_different(worst: Sequence[WorstDifference], other_labels: list[str]) -> None:
    fix = (
        "look at the operations of that step in ml_ci/model (network.py for `logits`): "
        "torch's exporter and ONNX Runtime disagree about one of them"
    )
    for found in worst:
        if found.ratio > 1:
            raise UserError(
                what=f"the exported graph differs from PyTorch at `{found.step}` by "
                f"{found.difference:.3g}; noise explains {found.allowed:.3g}",
                where=f"image {found.image}",
                fix=fix,
            )
    if other_labels:
        raise UserError(
            what=f"the exported graph answers another `{LABEL.name}` than PyTorch",
            where=f"images {', '.join(other_labels)}",
            fix=fix,
        )
