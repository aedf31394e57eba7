from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence
from ml_ci.steps import TENSOR
from tests.builders.faults import evidence, explaining, reference
from tests.builders.upper_targets import NOISE, named, ours, target

MEAN = np.asarray([0.4, 0.5, 0.6], np.float32)[:, None, None]
STD = np.asarray([0.2, 0.25, 0.3], np.float32)[:, None, None]


def levels(*values: float) -> Any:
    return np.asarray(values, np.float32)[:, None, None]


WRONG = {
    "not-divided-by-255": lambda x: (x - MEAN) / STD,
    "divided-by-255-twice": lambda x: (x / 255 / 255 - MEAN) / STD,
    "other-divisor": lambda x: (x / 250.5 - MEAN) / STD,
    "mean-std-missing": lambda x: x / 255,
    "not-normalised": lambda x: x,
    "minus-one-to-one": lambda x: x / 127.5 - 1,
    "std-missing": lambda x: x / 255 - MEAN,
    "mean-missing": lambda x: x / 255 / STD,
    "mean-std-of-another-set": lambda x: (
        (x / 255 - levels(0.485, 0.456, 0.406)) / levels(0.229, 0.224, 0.225)
    ),
    "mean-std-bgr": lambda x: (x / 255 - MEAN[::-1]) / STD[::-1],
    "mean-on-other-scale": lambda x: (x - 255 * MEAN) / STD,
    "variance-for-std": lambda x: (x / 255 - MEAN) / STD**2,
    "multiplied-by-std": lambda x: (x / 255 - MEAN) * STD,
    "divided-after-normalising": lambda x: (x - MEAN) / STD / 255,
    "normalised-twice": lambda x: ((x / 255 - MEAN) / STD - MEAN) / STD,
    "mean-added": lambda x: (x / 255 + MEAN) / STD,
    "negative": lambda x: ((255 - x) / 255 - MEAN) / STD,
    "mean-std-exchanged": lambda x: (x / 255 - STD) / MEAN,
    "tensor-channel-order": lambda x: ((x / 255 - MEAN) / STD)[:, [1, 0, 2]],
    "one-channel-repeated": lambda x: (x[:, [1, 1, 1]] / 255 - MEAN) / STD,
    "caffe-normalisation": lambda x: x[:, ::-1] - levels(103.939, 116.779, 123.68),
    "other-normalisation": lambda x: (x / 255 - levels(0.41, 0.33, 0.52)) / levels(0.3, 0.2, 0.1),
}


@pytest.mark.parametrize("fault", WRONG)
def test_normalisations__each_is_named_and_no_other(fault: str) -> None:
    seen = target(TENSOR.name, WRONG[fault])
    assert [fault] == [id_ for id_ in WRONG if named(id_, seen)]


@pytest.mark.parametrize("fault", WRONG)
def test_normalisations__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name))


@pytest.mark.parametrize("fault", WRONG)
def test_normalisations__silent_on_a_gamma(fault: str) -> None:
    assert [] == named(fault, target(TENSOR.name, lambda x: ((x / 255) ** 1.1 - MEAN) / STD))


def test_other_normalisation__estimates_what_params_would_need() -> None:
    [found] = named("other-normalisation", target(TENSOR.name, WRONG["other-normalisation"]))
    assert "mean [0.41, 0.33, 0.52] and std [0.3, 0.2, 0.1]" == found.said
    assert (
        "set `preprocess.mean: [0.41, 0.33, 0.52]` and `preprocess.std: [0.3, 0.2, 0.1]` in "
        "params.yaml and train again" == found.remedy.script
    )


def test_other_normalisation__without_a_std_it_tells_scale_and_offset() -> None:
    seen = target(TENSOR.name, lambda x: x[:, ::-1] * levels(0.1, 0.2, 0.3) - 7)
    [found] = named("other-normalisation", seen)
    assert "tensor = [0.1, 0.2, 0.3] × pixel + [-7, -7, -7], channels BGR" == found.said
    assert "" == found.remedy.script


def test_other_normalisation__of_a_grey_model() -> None:
    grey = reference(channels=1)
    seen = evidence(grey, TENSOR.name, lambda x, _: x / 100 - 1.5)
    [found] = explaining(fault_of("other-normalisation"), seen, grey, NOISE)
    assert pytest.approx((100 * 1.5 / 255,), rel=1e-5) == found.parameters["mean"]


def test_other_normalisation__none_where_nothing_varies() -> None:
    flat = Evidence(given=[np.full((3, 16, 16), 255.0)], made=[np.full((3, 16, 16), 36.4)])
    assert [] == list(fault_of("other-normalisation").fit(flat, ours()))


def test_other_divisor__is_estimated() -> None:
    [found] = named("other-divisor", target(TENSOR.name, WRONG["other-divisor"]))
    assert pytest.approx(250.5, rel=1e-6) == found.parameters["divisor"]
    assert fault_of("other-divisor").at([255.0], ours()) is None


def test_normalisations__at_takes_three_means_and_three_stds() -> None:
    fault = fault_of("other-normalisation")
    assert 6 == len(fault.parameters)
    found = fault.at([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], ours())
    assert found is not None
    assert "mean [0.1, 0.2, 0.3] and std [0.4, 0.5, 0.6]" == found.said
    assert fault.at([0.4, 0.5, 0.6, 0.2, 0.25, 0.3], ours()) is None


def test_normalisations__none_equals_the_reference() -> None:
    same = reference(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5])
    assert [] == list(fault_of("minus-one-to-one").variants(same))
    assert [] == list(fault_of("mean-std-bgr").variants(same))
    orders = [
        one.parameters["exchanged"] for one in fault_of("tensor-channel-order").variants(same)
    ]
    assert ["normalised"] * 5 == orders
