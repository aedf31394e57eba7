from __future__ import annotations

import numpy as np
import pytest

from ml_ci.parity.faults.resampling.kernels import KERNELS

# At 0, 1/2, 1 and 3/2, by hand from the formulas
WEIGHTS = {
    "bilinear": [1, 1 / 2, 0, 0],
    "bicubic -0.5": [1, 9 / 16, 0, -1 / 16],
    "bicubic -0.75": [1, 19 / 32, 0, -3 / 32],
    "mitchell": [8 / 9, 77 / 144, 1 / 18, -5 / 144],
    "gaussian": [1, np.exp(-0.5), np.exp(-2), 0],
    "hamming": [1, 0.54 * 2 / np.pi, 0, 0],
    "lanczos3": [1, 6 / np.pi**2, 0, -4 / (3 * np.pi**2)],
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_kernels__weights(name: str) -> None:
    found = KERNELS[name].weigh(np.array([0, 0.5, 1, 1.5]))
    assert pytest.approx(WEIGHTS[name], abs=1e-12) == found.tolist()


@pytest.mark.parametrize("name", KERNELS)
def test_kernels__nothing_beyond_their_support(name: str) -> None:
    kernel = KERNELS[name]
    beyond = kernel.support + np.array([1e-9, 0.5, 3])
    assert [0, 0, 0] == kernel.weigh(beyond).tolist()
    assert [0, 0, 0] == kernel.weigh(-beyond).tolist()
