"""Rounding: sums and functions are put off as float32 puts them off, all else stays exact."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ml_ci.model import rounding
from ml_ci.model.rounding import HALF_ULP, Rounding, rounded

Function = Callable[[Tensor], Tensor]

WEIGHT = torch.linspace(0.5, 1.5, 4, dtype=torch.float64)
KERNEL = torch.linspace(0.1, 1, 2 * 4 * 9, dtype=torch.float64).reshape(2, 4, 3, 3)
MATRIX = torch.linspace(-1, 1, 48, dtype=torch.float64).reshape(6, 8)

SUMS: dict[str, Function] = {
    "convolution": lambda x: functional.conv2d(x, KERNEL),
    "linear": lambda x: functional.linear(x, MATRIX, bias=MATRIX[:, 0]),
    "matrix product": lambda x: x @ MATRIX.T,
    "batched product": lambda x: torch.bmm(x[:, 0], x[:, 0].transpose(1, 2)),
    "mean": lambda x: x.mean(dim=(2, 3)),
    "sum": lambda x: x.sum(dim=3),
    "variance": lambda x: x.var(dim=3),
    "pooling": lambda x: functional.adaptive_avg_pool2d(x, 1),
    "softmax": lambda x: x.softmax(dim=3),
    "gelu": functional.gelu,
    "attention": lambda x: functional.scaled_dot_product_attention(x, x, x),
}
NORMALISATIONS: dict[str, Function] = {
    "layer": lambda x: functional.layer_norm(x, (8,), MATRIX[0], MATRIX[1], eps=0.03),
    "layer without weights": lambda x: functional.layer_norm(x, (7, 8)),
    "instance": lambda x: functional.instance_norm(x, weight=WEIGHT, bias=-WEIGHT, eps=0.03),
    "instance without weights": functional.instance_norm,
    "group": lambda x: functional.group_norm(x, 2, WEIGHT, -WEIGHT, eps=0.03),
}
EXACT: dict[str, Function] = {
    "shape": lambda x: x.flatten(1).reshape(-1, 4, 7, 8).transpose(2, 3),
    "relu": torch.relu,
    "maximum": lambda x: functional.max_pool2d(x, 2),
    "arithmetic": lambda x: (2 * x - 1) / 3,
    "batch normalisation as trained": lambda x: functional.batch_norm(x, WEIGHT, WEIGHT),
}


def given() -> Tensor:
    return torch.rand(1, 4, 7, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def off(function: Function, values: Tensor, samples: int = 50) -> Tensor:
    """How far each of the samples is off, relative to the largest number."""
    exact = function(values)
    return (rounded(function, values, samples=samples, seed=2) - exact) / exact.abs().max()


@pytest.mark.parametrize("function", [pytest.param(SUMS[name], id=name) for name in SUMS])
def test_rounded__puts_sums_and_functions_off_by_roundings_of_float32(function: Function) -> None:
    largest = float(off(function, given()).abs().max())
    assert 0.5 * HALF_ULP < largest < 10 * HALF_ULP


@pytest.mark.parametrize(
    "function", [pytest.param(NORMALISATIONS[name], id=name) for name in NORMALISATIONS]
)
def test_rounded__puts_the_statistics_of_a_normalisation_off(function: Function) -> None:
    # A mean far from 0 is what makes its rounding matter
    shifted = off(lambda x: function(x + 1000), given()).abs().max()
    assert shifted > 100 * HALF_ULP


@pytest.mark.parametrize(
    "function", [pytest.param(NORMALISATIONS[name], id=name) for name in NORMALISATIONS]
)
def test_rounded__normalises_as_torch_does(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounding, "HALF_ULP", 0.0)
    actual = rounded(function, given(), samples=1, seed=2)
    torch.testing.assert_close(actual, function(given()), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("function", [pytest.param(EXACT[name], id=name) for name in EXACT])
def test_rounded__leaves_what_rounds_alike_everywhere(function: Function) -> None:
    assert torch.equal(
        rounded(function, given(), samples=2, seed=2), function(given().repeat(2, 1, 1, 1))
    )


@pytest.mark.parametrize("terms", [3, 256, 12544])
def test_rounded__puts_longer_sums_off_by_more(terms: int) -> None:
    largest = float(off(lambda x: x.mean(dim=1), torch.ones(1, terms).double()).abs().max())
    expected = HALF_ULP * max(2.0, (terms / 3) ** 0.5)
    assert pytest.approx(expected, rel=0.1) == largest


def test_rounded__explains_a_sum_in_order() -> None:
    random = torch.Generator().manual_seed(3)
    numbers = torch.rand(1, 5000, generator=random)
    total = torch.zeros(1)
    for column in numbers.unbind(dim=1):
        total = total + column
    exact = numbers.double().sum(dim=1)
    in_order = float(((total - exact) / exact).abs())
    assert in_order < 2 * float(off(lambda x: x.sum(dim=1), numbers.double()).abs().max())


def test_rounded__is_the_same_on_every_call() -> None:
    one, other = (rounded(torch.exp, given(), samples=3, seed=2) for _ in range(2))
    assert torch.equal(one, other)


def test_rounded__differs_from_sample_to_sample() -> None:
    first, second = rounded(torch.exp, given(), samples=2, seed=2)
    assert not torch.equal(first, second)


def test_rounding__ends_with_its_block() -> None:
    with torch.no_grad(), Rounding(1):
        inside = given().exp()
    assert not torch.equal(given().exp(), inside)
    assert torch.equal(given().exp(), given().exp())
