"""Every fit, filter and channel count: exported, and held to the float64 eager reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_ci.data.probe_values import SAME_LEVEL, worst_level
from ml_ci.data.probes import resize_probes
from ml_ci.model.export import quiet_exporter
from ml_ci.model.export_check import opened
from ml_ci.model.images import Image
from ml_ci.model.preprocess import Preprocess
from ml_ci.params.preprocess import PreprocessSettings
from tests.builders.model import FITS, noisy, preprocess_settings

VARIANTS = [(filter_, channels) for filter_ in ("bilinear", "bicubic") for channels in (3, 1)]
# Grey levels, |ONNX Runtime − float64| at 32×32. Resizing to cover stretches a long picture far
# beyond 32 before it is cut, and float32 coordinates there are coarser.
BOUND = {"short_side_crop": 2e-2}
OTHER_BOUND = 1.5e-3
EXTREMES = ((1, 1), (1, 20), (20, 1), (2, 3), (32, 32), (33, 31), (2000, 100), (64, 1279))


class Together(nn.Module):
    """Several preprocessings of one image: one export instead of many."""

    def __init__(self, settings: list[PreprocessSettings], dtype: torch.dtype) -> None:
        super().__init__()
        self.members = nn.ModuleList(Preprocess(one, dtype) for one in settings)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return tuple(rung for member in self.members for rung in member(image))


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An exported module beside its float64 original."""

    session: Any
    truth: Together

    def worst(self, image: NDArray[np.uint8]) -> float:
        """Largest difference over all rungs, in grey levels."""
        expected = self.truth(torch.from_numpy(image))
        actual = self.session.run(None, {"image": image})
        assert [tuple(rung.shape) for rung in expected] == [rung.shape for rung in actual]
        return max(
            float(np.abs(theirs - ours.numpy()).max() * scale)
            for ours, theirs, scale in zip(expected, actual, _scales(len(actual)), strict=True)
        )


def _scales(count: int) -> list[float]:
    # `tensor` is divided by 255 and at most by 0.2: this brings it back to grey levels
    return [1.0, 255 * 0.2] * (count // 2)


def _export(settings: list[PreprocessSettings]) -> Exported:
    free = torch.export.Dim.DYNAMIC
    with quiet_exporter():
        program = torch.onnx.export(
            Together(settings, torch.float32).eval(),
            (torch.zeros((2, 37, 53, 3), dtype=torch.uint8),),
            dynamo=True,
            opset_version=20,
            input_names=["image"],
            dynamic_shapes={"image": {0: free, 1: free, 2: free}},
            verbose=False,
        )
    content = cast("torch.onnx.ONNXProgram", program).model_proto.SerializeToString()
    session = opened(content, threads=1)
    return Exported(session=session, truth=Together(settings, torch.float64).eval())


def _random_sizes(count: int) -> list[tuple[int, int]]:
    """1–2000 px, log-uniform, at most 20:1."""
    random = np.random.default_rng(0)
    sizes: list[tuple[int, int]] = []
    while len(sizes) < count:
        height, width = np.exp(random.uniform(0, np.log(2000), 2)).astype(int)
        if max(height, width) <= 20 * min(height, width):
            sizes.append((int(height), int(width)))
    return sizes


@pytest.fixture(scope="module", params=FITS)
def fit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def exported(fit: str) -> Exported:
    return _export(
        [
            preprocess_settings(fit=fit, size=[32, 32], filter=filter_, channels=channels)
            for filter_, channels in VARIANTS
        ]
    )


def test_graph__agrees_with_float64_on_extreme_and_random_sizes(
    exported: Exported, fit: str
) -> None:
    sizes = (*EXTREMES, *_random_sizes(8))
    worst = {size: exported.worst(noisy(*size)[None]) for size in sizes}
    assert {} == {size: d for size, d in worst.items() if d > BOUND.get(fit, OTHER_BOUND)}


def test_graph__takes_three_images_at_once(exported: Exported, fit: str) -> None:
    batch = np.stack([noisy(41, 70, seed) for seed in range(3)])
    assert exported.worst(batch) <= BOUND.get(fit, OTHER_BOUND)


@pytest.mark.parametrize("member", range(len(VARIANTS)))
def test_resize_probes__of_the_graph_and_of_float64_agree(exported: Exported, member: int) -> None:
    def truth(image: Image) -> NDArray[Any]:
        rungs = exported.truth(torch.from_numpy(image[None]))
        return np.asarray(rungs[2 * member][0])

    def graph(image: Image) -> NDArray[Any]:
        rungs = exported.session.run(None, {"image": image[None]})
        return np.asarray(rungs[2 * member][0])

    expected, actual = resize_probes(truth), resize_probes(graph)
    # Half of what is taken for the same: the margin
    assert {} == {
        name: worst_level(told, actual[name])
        for name, told in expected.items()
        if worst_level(told, actual[name]) > SAME_LEVEL / 2
    }


def test_graph__fits_a_size_that_is_not_square() -> None:
    exported = _export([preprocess_settings(fit=fit, size=[24, 41]) for fit in FITS])
    worst = {
        size: exported.worst(noisy(*size)[None]) for size in ((1, 1), (24, 41), (90, 31), (7, 130))
    }
    assert {} == {size: d for size, d in worst.items() if d > BOUND["short_side_crop"]}
