"""Weights: each change of a file, and the sentences that describe it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ml_ci.artifacts.tensors import Tensor
from ml_ci.parity.checks.weights import unknown_weights, weight_checks

Values = NDArray[np.float32]
Tensors = dict[str, Tensor]
SHAPES = {"conv.weight": (8, 3, 3, 3), "conv.bias": (8,), "head.weight": (4, 8), "head.bias": (4,)}


def tensor(values: NDArray[np.generic], stored: str = "float32") -> Tensor:
    return Tensor(values=values.astype(np.float32), stored=stored)


def tensors(seed: int = 0, shapes: dict[str, tuple[int, ...]] | None = None) -> Tensors:
    random = np.random.default_rng(seed)
    return {name: tensor(random.normal(size=shape)) for name, shape in (shapes or SHAPES).items()}


OURS = tensors()


def changed(change: Callable[[str, Values], NDArray[np.generic]]) -> Tensors:
    return {name: tensor(change(name, one.values.astype(np.float32))) for name, one in OURS.items()}


def told(
    target: Tensors, reference: Tensors = OURS, known: dict[str, Tensors] | None = None
) -> dict[str, tuple[str, str]]:
    checks = weight_checks(reference, target, known)
    assert {"weights"} == {check.topic for check in checks}
    return {check.name: (check.outcome, check.evidence) for check in checks}


ALL = ("agrees", "4 tensors have a counterpart")


def test_weight_checks__of_the_same_file() -> None:
    assert told(OURS) == {
        "tensors": ALL,
        "numbers": ("agrees", "4 tensors hold the same numbers"),
    }


def test_weight_checks__of_numbers_that_an_exporter_rounded() -> None:
    target = changed(lambda _, values: values * np.float32(1 + 2e-7))
    assert told(target)["numbers"] == (
        "agrees",
        "4 tensors hold the same numbers, 4 of them up to the rounding of float32",
    )


def test_weight_checks__of_float16() -> None:
    target = {name: tensor(one.values.astype(np.float16), "float16") for name, one in OURS.items()}
    found = told(target)
    assert ("note", "4 tensors hold the same numbers, 4 of them with fewer bits") == found[
        "numbers"
    ]
    outcome, evidence = found["rounded to float16"]
    assert "note" == outcome
    assert evidence.startswith(
        "4 of 4 tensors are the reference's rounded to float16 (stored as float16), off by 0.000"
    )
    assert evidence.endswith(" of the largest: conv.weight, conv.bias, head.weight and 1 more")


@pytest.mark.parametrize("half", [0, 0x7FFF], ids=["cut", "rounded"])
def test_weight_checks__of_bfloat16(half: int) -> None:
    def brain(_: str, values: Values) -> Values:
        bits = values.view(np.uint32) + np.uint32(half)
        return (bits & np.uint32(0xFFFF0000)).view(np.float32)

    assert ["tensors", "numbers", "rounded to bfloat16"] == list(told(changed(brain)))


def per_tensor(values: Values) -> Values:
    scale = np.abs(values).max() / 127
    return np.asarray((values / scale).round() * scale, np.float32)


def per_channel(values: Values) -> Values:
    return np.stack([per_tensor(row) for row in values])


def asymmetric(values: Values) -> Values:
    """Each row on 256 levels from its smallest to its largest number, zero among them."""
    rows = []
    for row in values:
        scale = np.ptp(row) / 255
        rows.append((row / scale).round() * scale)
    return np.asarray(rows, np.float32)


@pytest.mark.parametrize("quantise", [per_tensor, per_channel, asymmetric])
def test_weight_checks__of_eight_bits(quantise: Callable[[Values], Values]) -> None:
    target = changed(lambda _, values: quantise(values) if values.ndim > 1 else values)
    found = told(target)
    assert ("note", "4 tensors hold the same numbers, 2 of them with fewer bits") == found[
        "numbers"
    ]
    assert found["quantised"][1].startswith("2 of 4 tensors are the reference's quantised (stored")


def test_weight_checks__of_fewer_levels_than_rounding_gives_is_no_quantisation() -> None:
    # On a grid, but not next to ours: somebody else's numbers
    target = changed(lambda _, values: per_tensor(values[::-1]))
    assert "quantised" not in told(target)


def test_weight_checks__of_a_grid_that_is_shifted_is_no_quantisation() -> None:
    target = changed(lambda _, values: per_tensor(values) + 2 * np.abs(values).max() / 127)
    assert "quantised" not in told(target)


def test_weight_checks__of_classes_in_another_order() -> None:
    order = [0, 2, 3, 1]
    target = changed(lambda name, values: values[order] if name.startswith("head") else values)
    found = told(target)
    assert found["order of rows"] == (
        "differs",
        "the rows of head.weight, head.bias are the reference's in another order: 3 have moved, "
        "row 1 is the reference's 2, row 2 is the reference's 3, row 3 is the reference's 1",
    )
    assert "differs" == found["numbers"][0]
    assert "a part" not in found


def test_weight_checks__of_a_part() -> None:
    other = tensors(1)
    target = OURS | {
        "head.weight": other["head.weight"],
        "head.bias": tensor(np.zeros(4)),
    }
    found = told(target)
    assert found["a part"] == (
        "differs",
        "2 of 4 tensors are the reference's and 2 bear no likeness to them, 1 of them one number "
        "throughout, as where only a part was loaded: head.weight, head.bias",
    )
    assert found["numbers"][1].startswith("2 of 4 tensors hold other numbers; most: head.")
    assert "another state" not in found


def moved(share: float) -> Tensors:
    random = np.random.default_rng(5)
    return changed(lambda _, values: values + share * random.normal(size=values.shape))


def test_weight_checks__of_another_state_of_the_training() -> None:
    found = told(moved(0.1))
    assert "differs" == found["numbers"][0]
    outcome, evidence = found["another state"]
    assert "differs" == outcome
    assert evidence.startswith("4 of 4 tensors are like the reference's (correlation at least 0.99")
    assert evidence.endswith(
        " times as large, as those of another moment of one training are, or averaged ones"
    )


def test_weight_checks__of_a_state_that_is_known() -> None:
    known = {"nobody's": moved(0.3), "the base's weights": moved(0.1)}
    known["nobody's"] = tensors(9)
    assert ("differs", "the target's tensors are those of the base's weights") == told(
        moved(0.1), known=known
    )["another state"]


def test_weight_checks__of_an_average_with_a_state_that_is_known() -> None:
    other = tensors(3)
    target = {
        name: tensor(0.75 * one.values + 0.25 * other[name].values) for name, one in OURS.items()
    }
    found = told(target, known={"the base's weights": other})["another state"]
    assert (
        "differs",
        "the target's tensors are 25% those of the base's weights and the rest ours",
    ) == found


def test_weight_checks__of_more_than_a_mixture_is_not_called_one() -> None:
    other, noise = tensors(3), tensors(4)
    target = {
        name: tensor(0.7 * one.values + 0.2 * other[name].values + 0.05 * noise[name].values)
        for name, one in OURS.items()
    }
    found = told(target, known={"the base's weights": other})["another state"][1]
    assert "the base's weights" not in found


def test_weight_checks__of_strangers() -> None:
    found = told(tensors(7))
    assert ["tensors", "numbers"] == list(found)
    assert found["numbers"][1].startswith("4 of 4 tensors hold other numbers; most: ")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weight_checks__of_what_is_no_number(bad: float) -> None:
    values = OURS["head.bias"].values.copy()
    values[1] = bad
    outcome, evidence = told(OURS | {"head.bias": tensor(values)})["numbers"]
    assert "differs" == outcome
    assert "head.bias by inf, inf of its largest" in evidence


def prefixed(prefix: str) -> Tensors:
    return {f"{prefix}{name}": one for name, one in OURS.items()}


@pytest.mark.parametrize("prefix", ["network.", "module.", "model/backbone/"])
def test_tensors__under_a_longer_name(prefix: str) -> None:
    assert told(prefixed(prefix))["tensors"] == (
        "agrees",
        f"4 tensors have a counterpart; 4 under another name: {prefix}conv.weight for conv.weight, "
        f"{prefix}conv.bias for conv.bias, {prefix}head.weight for head.weight and 1 more",
    )


def test_tensors__under_names_that_say_nothing_are_known_by_content() -> None:
    shapes = {"a": (8, 8), "b": (8, 8), "c": (8, 8), "d": (8,), "e": (8,)}
    reference = tensors(0, shapes)
    target = {f"onnx::MatMul_{n}": one for n, one in enumerate(reversed(reference.values()))}
    assert told(target, reference) == {
        "tensors": (
            "agrees",
            "5 tensors have a counterpart; 5 under another name: onnx::MatMul_4 for a, "
            "onnx::MatMul_3 for b, onnx::MatMul_2 for c and 2 more",
        ),
        "numbers": ("agrees", "5 tensors hold the same numbers"),
    }


def test_tensors__under_an_ending_that_two_share_are_known_by_content() -> None:
    reference = tensors(0, {"a.w": (8, 8), "b.w": (8, 8)})
    found = told({"w": reference["b.w"]}, reference)
    assert found["tensors"][1].endswith(
        "1 under another name: w for b.w; 1 of the reference have none: a.w"
    )


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        pytest.param("head.weight", (1, 0), id="dense"),
        pytest.param("conv.weight", (2, 3, 1, 0), id="height, width, in, out"),
        pytest.param("conv.weight", (0, 2, 3, 1), id="out, height, width, in"),
    ],
)
def test_tensors__in_another_order_of_axes(name: str, axes: tuple[int, ...]) -> None:
    target = OURS | {name: tensor(OURS[name].values.transpose(axes))}
    assert told(target) == {
        "tensors": ("agrees", f"{ALL[1]}; 1 stored in another order of axes"),
        "numbers": ("agrees", "4 tensors hold the same numbers"),
    }


def test_tensors__square_ones_are_turned_only_where_that_fits_better() -> None:
    reference = tensors(0, {"w": (16, 16)})
    turned = {"w": tensor(reference["w"].values.T)}
    assert "1 stored in another order of axes" in told(turned, reference)["tensors"][1]
    assert "order of axes" not in told(reference, reference)["tensors"][1]


def test_tensors__that_are_missing_are_never_a_pass() -> None:
    target = {name: one for name, one in OURS.items() if name != "conv.weight"}
    assert told(target)["tensors"] == (
        "unknown",
        "3 tensors have a counterpart; 1 of the reference have none: conv.weight",
    )


def test_tensors__that_the_reference_has_not_are_a_note() -> None:
    found = told(OURS | {"mean": tensor(np.array([1, 2, 3, 4, 5]))})["tensors"]
    assert ("note", "4 tensors have a counterpart; 1 of the target have none: mean") == found


def test_weight_checks__of_files_with_nothing_in_common() -> None:
    assert told({"x": tensor(np.ones((7, 7)))}) == {
        "tensors": ("unknown", "no tensor of the target has a counterpart in the reference")
    }


def test_unknown_weights__say_why() -> None:
    found = unknown_weights("the target's model file is not at hand")
    assert ("unknown", "the target's model file is not at hand") == (found.outcome, found.evidence)


EPSILON = 1e-3


def normalised(seed: int = 0) -> Tensors:
    """A kernel, and a normalisation that is held apart."""
    random = np.random.default_rng(seed)
    return {
        "0.weight": tensor(random.normal(size=(8, 3, 3, 3))),
        "1.weight": tensor(random.uniform(0.5, 2, 8)),
        "1.bias": tensor(random.normal(size=8)),
        "1.running_mean": tensor(random.normal(size=8)),
        "1.running_var": tensor(random.uniform(0.1, 3, 8)),
    }


def folded(apart: Tensors) -> Tensors:
    """As an exporter folds it."""
    gamma, beta, mean, variance = (
        apart[f"1.{name}"].values for name in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    return {
        "net.0.weight": tensor(apart["0.weight"].values * scale[:, None, None, None]),
        "net.0.weight_bias": tensor(beta - mean * scale),
    }


FOLDED = (
    "1 tensors have a counterpart; 1 under another name: net.0.weight for 0.weight; "
    "1 with a batch normalisation folded in: 1 into 0.weight (ε 0.001)"
)


def test_fold__explains_a_kernel_and_its_bias() -> None:
    apart = normalised()
    assert told(folded(apart), apart) == {
        "tensors": ("agrees", FOLDED),
        "numbers": (
            "agrees",
            "1 tensors hold the same numbers, 1 of them up to the rounding of float32",
        ),
    }


def test_fold__explains_a_bias_that_was_there_before() -> None:
    before = tensor(np.random.default_rng(3).normal(size=8))
    apart = normalised() | {"0.bias": before}
    scale = apart["1.weight"].values / np.sqrt(apart["1.running_var"].values + EPSILON)
    merged = folded(normalised())
    target = {
        "net.0.weight": merged["net.0.weight"],
        "net.0.bias": tensor(merged["net.0.weight_bias"].values + before.values * scale),
    }
    found = told(target, apart)
    assert ("agrees", "agrees") == (found["tensors"][0], found["numbers"][0])
    wrong = target | {"net.0.bias": tensor(target["net.0.bias"].values + 0.1)}
    assert "differs" == told(wrong, apart)["numbers"][0]


def test_fold__on_the_side_of_the_reference() -> None:
    apart = normalised()
    assert "agrees" == told(apart, folded(apart))["tensors"][0]


def test_fold__with_keras_names() -> None:
    words = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean"}
    words["running_var"] = "moving_variance"
    apart = {
        f"bn/{words[name[2:]]}" if name.startswith("1.") else name: one
        for name, one in normalised().items()
    }
    assert "agrees" == told(folded(normalised()), apart)["tensors"][0]


def test_fold__of_another_bias_leaves_it_over() -> None:
    apart = normalised()
    target = folded(apart)
    target["net.0.weight_bias"] = tensor(target["net.0.weight_bias"].values + 0.1)
    outcome, evidence = told(target, apart)["tensors"]
    assert ("note", f"{FOLDED}; 1 of the target have none: net.0.weight_bias") == (
        outcome,
        evidence,
    )


def test_fold__of_a_scale_that_no_normalisation_gives() -> None:
    apart = normalised()
    target = folded(apart | {"1.running_var": tensor(np.arange(1, 9))})
    found = told(target, apart)
    assert "unknown" == found["tensors"][0]
    assert "note" == found["numbers"][0]
    assert found["numbers"][1].endswith("(each channel scaled by a factor of its own)")


def test_fold__of_a_scale_that_fits_all_channels_but_one() -> None:
    apart = normalised()
    variance = apart["1.running_var"].values.copy()
    variance[0] += 0.5
    found = told(folded(apart | {"1.running_var": tensor(variance)}), apart)
    assert "unknown" == found["tensors"][0]
    assert "folded" not in found["tensors"][1]


def test_fold__explains_a_kernel_with_a_dead_channel() -> None:
    apart = normalised()
    kernel = apart["0.weight"].values.copy()
    kernel[3] = 0
    apart["0.weight"] = tensor(kernel)
    target = folded(apart)
    assert ("agrees", FOLDED) == told(target, apart)["tensors"]
    alive = target["net.0.weight"].values.copy()
    alive[3] = 1
    assert "differs" == told(target | {"net.0.weight": tensor(alive)}, apart)["numbers"][0]


def test_fold__of_a_kernel_that_is_another_too() -> None:
    apart = normalised()
    target = folded(apart | {"0.weight": normalised(1)["0.weight"]})
    assert "differs" == told(target, apart)["numbers"][0]
