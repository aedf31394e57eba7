"""Against the libraries the project has; OpenCV's results are written out."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image
from torch.nn import functional

from ml_ci.onnx_runtime import onnxruntime
from ml_ci.parity.faults.resampling import known
from ml_ci.parity.faults.resampling.matrices import Grid, Resampling, matrix, resampled

SIDES = ((1, 1), (1, 7), (5, 3), (7, 16), (16, 7), (33, 32), (97, 32), (200, 16))
SMALL = np.array([[0, 60, 120, 250, 30], [10, 200, 90, 40, 255], [77, 5, 160, 220, 3]], np.float64)
HALVES = ((2, 1), (8, 4), (16, 7), (480, 224))  # where new pixels fall between two old ones


def sizes() -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [((h, w), (nh, nw)) for (h, nh), (w, nw) in product(SIDES, SIDES)]


def picture(height: int, width: int) -> NDArray[np.float64]:
    return np.random.default_rng(height * 1000 + width).uniform(0, 255, (height, width))


def ours(levels: NDArray[np.float64], size: tuple[int, int], how: Resampling) -> Any:
    return resampled(levels[None], size, how)[0]


@pytest.mark.parametrize(
    ("kernel", "filter_"),
    [
        ("nearest, Pillow", Image.Resampling.NEAREST),
        ("box", Image.Resampling.BOX),
        ("bilinear", Image.Resampling.BILINEAR),
        ("hamming", Image.Resampling.HAMMING),
        ("bicubic -0.5", Image.Resampling.BICUBIC),
        ("lanczos3", Image.Resampling.LANCZOS),
    ],
)
def test_resampled__as_pillow(kernel: str, filter_: Image.Resampling) -> None:
    for (height, width), (new_height, new_width) in sizes():
        levels = picture(height, width).astype(np.float32)
        theirs = np.asarray(Image.fromarray(levels).resize((new_width, new_height), filter_))
        found = ours(levels.astype(float), (new_height, new_width), Resampling(kernel=kernel))
        assert np.abs(found - theirs).max() < 1e-4


@pytest.mark.parametrize(
    ("how", "asked"),
    [
        (Resampling(kernel="nearest, torch"), {"mode": "nearest"}),
        (Resampling(kernel="nearest"), {"mode": "nearest-exact"}),
        (Resampling(kernel="adaptive"), {"mode": "area"}),
        (known.PLAIN_BILINEAR, {"mode": "bilinear"}),
        (known.PLAIN_BICUBIC, {"mode": "bicubic"}),
        (
            Resampling(kernel="bilinear", antialias=False, grid="align corners"),
            {"mode": "bilinear", "align_corners": True},
        ),
    ],
    ids=["nearest", "nearest-exact", "area", "bilinear", "bicubic", "align corners"],
)
def test_resampled__as_torch(how: Resampling, asked: dict[str, Any]) -> None:
    for (height, width), size in sizes():
        levels = picture(height, width)
        theirs = functional.interpolate(torch.from_numpy(levels)[None, None], size=size, **asked)
        # A torch that computes in float64 rounds nothing; nearest takes coordinates in float32
        assert np.abs(ours(levels, size, how) - theirs[0, 0].numpy()).max() < 1e-9


@pytest.mark.parametrize(
    ("named", "grid"),
    [
        ("half_pixel", "half pixel"),
        ("align_corners", "align corners"),
        ("asymmetric", "asymmetric"),
        ("pytorch_half_pixel", "pytorch half pixel"),
    ],
)
@pytest.mark.parametrize(("mode", "kernel"), [("linear", "bilinear"), ("cubic", "bicubic -0.75")])
def test_resampled__as_onnx_runtime(named: str, grid: Grid, mode: str, kernel: str) -> None:
    session = resize_session(mode=mode, coordinate_transformation_mode=named)
    how = Resampling(kernel=kernel, antialias=False, grid=grid, border="repeated")
    for (height, width), size in sizes():
        levels = picture(height, width).astype(np.float32)
        [theirs] = session.run(
            None, {"x": levels[None, None], "size": np.array([1, 1, *size], np.int64)}
        )
        assert np.abs(ours(levels.astype(float), size, how) - theirs[0, 0]).max() < 0.01


def resize_session(**attributes: Any) -> onnxruntime.InferenceSession:
    node = helper.make_node("Resize", ["x", "", "", "size"], ["y"], **attributes)
    graph = helper.make_graph(
        [node],
        "resize",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, None, None]),
            helper.make_tensor_value_info("size", TensorProto.INT64, [4]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    return onnxruntime.InferenceSession(model.SerializeToString())


@pytest.mark.parametrize(
    ("how", "theirs"),
    [
        (Resampling(kernel="nearest, OpenCV"), [[0, 60, 250], [10, 200, 40]]),
        (known.PLAIN_BILINEAR, [[33.333, 112.5, 123.333], [58.083, 142.5, 102.333]]),
        (known.PLAIN_BICUBIC, [[30.295, 110.742, 128.029], [54.688, 143.086, 102.289]]),
        (known.AREA, [[44.667, 123.333, 135], [60.8, 128, 116.2]]),
        (known.LANCZOS4, [[33.473, 108.953, 132.985], [55.138, 142.779, 100.647]]),
    ],
    ids=["INTER_NEAREST", "INTER_LINEAR", "INTER_CUBIC", "INTER_AREA", "INTER_LANCZOS4"],
)
def test_resampled__as_opencv_5(how: Resampling, theirs: list[list[float]]) -> None:
    assert pytest.approx(np.array(theirs), abs=1e-3) == ours(SMALL, (2, 3), how)


def test_resampled__as_opencvs_area_where_a_side_grows() -> None:
    theirs = [[12, 84, 198, 74], [12, 84, 198, 74], [36, 132, 106, 166], [48, 156, 60, 212]]
    assert pytest.approx(np.array(theirs), abs=1e-3) == ours(SMALL, (7, 4), known.AREA)[:4]


def test_matrix__same_side_is_left_alone() -> None:
    for how in known.everything():
        assert np.array_equal(np.eye(5), matrix(5, 5, how))


@pytest.mark.parametrize("how", known.everything(), ids=str)
def test_matrix__rows_add_up_to_one(how: Resampling) -> None:
    if how.kernel == "spline":
        return  # scipy leaves the last row empty where its coordinate is rounded beyond the border
    for source, target in (*SIDES, *HALVES):
        assert pytest.approx(np.ones(target)) == matrix(source, target, how).sum(axis=1)
