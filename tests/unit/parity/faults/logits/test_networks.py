from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ml_ci.parity.faults.catalogue import catalogue, fault_of
from ml_ci.parity.faults.wrong_networks import WrongNetwork
from tests.builders.fault_networks import (
    Varied,
    named_network,
    served,
    trained,
    varied_reference,
)

TELLING = [fault.id for fault in catalogue() if isinstance(fault, WrongNetwork)]


def changed(change: Callable[[Varied], object]) -> Varied:
    network = trained()
    with torch.no_grad():
        change(network)
    return network


def set_to(**values: float) -> Callable[[Varied], object]:
    def change(network: Varied) -> None:
        tensors = dict(network.named_parameters()) | dict(network.named_buffers())
        for name, value in values.items():
            tensors[name.replace("__", ".")].fill_(value)

    return change


def in_training(network: Varied) -> None:
    network.norm.train()
    network.norm.momentum = 0.0


def rounded(weight: Tensor) -> Tensor:
    """int8, one scale for each output channel."""
    scale = weight.abs().flatten(1).max(dim=1).values / 127
    scale = scale.reshape(-1, *(1 for _ in weight.shape[1:]))
    return torch.round(weight / scale) * scale


def quantised(network: Varied) -> None:
    for layer in (network.first, network.square, network.head):
        layer.weight.copy_(rounded(layer.weight))


def head_of_base(network: Varied) -> None:
    network.head.load_state_dict(trained(seed=1).head.state_dict())


WRONG: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "batch-norm-left-out": (
        lambda: changed(lambda network: setattr(network, "norm", nn.Identity())),
        "batch norm left out",
    ),
    "batch-norm-without-scale": (
        lambda: changed(set_to(norm__weight=1, norm__bias=0)),
        "batch norm without its learned scale and offset",
    ),
    "batch-norm-new": (
        lambda: changed(set_to(norm__running_mean=0, norm__running_var=1)),
        "batch norm with mean 0 and variance 1: its running statistics were not loaded",
    ),
    "bias-missing": (lambda: changed(set_to(head__bias=0)), "bias: last left out"),
    "layer-not-loaded": (
        lambda: changed(set_to(head__weight=0)),
        "first or last layer without its weights: zeros",
    ),
    "kernels-turned": (
        lambda: changed(
            lambda network: [
                layer.weight.copy_(layer.weight.flip(-1).flip(-2))
                for layer in (network.first, network.square)
            ]
        ),
        "convolution kernels flipped",
    ),
    "other-weights": (lambda: trained(seed=1), "the weights of the base"),
    "weights-in-part": (
        lambda: changed(head_of_base),
        "weights in part those of another file: the base",
    ),
    "weights-quantised": (lambda: changed(quantised), "weights stored as int8 per channel"),
    "activation-other": (lambda: trained(act=nn.SiLU()), "SiLU as the activation"),
    "activation-missing": (lambda: trained(act=nn.Identity()), "activations left out"),
    "pooling-other": (
        lambda: trained(pool=nn.AvgPool2d(3, stride=3, ceil_mode=True)),
        "pooling takes the average",
    ),
    "padding-other": (
        lambda: trained(mode="reflect"),
        "convolutions padded in another way: reflect",
    ),
    "dropout-scaled": (
        lambda: trained(factor=0.8),
        "features multiplied by 1 − p where training had dropout",
    ),
    "flatten-order": (
        lambda: trained(channels_last=True),
        "features flattened channels last before the linear layer",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_networks__each_is_named_and_no_other(fault: str) -> None:
    network, said = WRONG[fault]
    seen = served(network())
    found = {id_: named_network(id_, seen) for id_ in WRONG}
    assert [fault] == [id_ for id_, variants in found.items() if variants]
    assert said in [variant.said for variant in found[fault]]


@pytest.mark.parametrize("fault", TELLING)
def test_networks__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named_network(fault, served(trained()))


@pytest.mark.parametrize("fault", TELLING)
def test_networks__silent_on_shrunken_weights(fault: str) -> None:
    """Every fault that moves all logits a little has it for its look-alike."""
    seen = served(changed(lambda network: network.head.weight.mul_(0.9)))
    assert [] == named_network(fault, seen)


@pytest.mark.parametrize(
    ("fault", "network", "number", "expected"),
    [
        ("batch-norm-epsilon", lambda: trained(eps=4.5e-3), "epsilon", 4.5e-3),
        ("group-norm-epsilon", lambda: trained(group_eps=0.037), "epsilon", 0.037),
        ("activation-leaky", lambda: trained(act=nn.LeakyReLU(0.27)), "leaky", 0.27),
    ],
    ids=["batch norm", "group norm", "leaky"],
)
def test_numbered__the_number_is_estimated(
    fault: str, network: Callable[[], nn.Module], number: str, expected: float
) -> None:
    [variant] = named_network(fault, served(network()))
    told = str(variant.parameters["network"]).split(f"{number} ")[1]
    assert pytest.approx(expected, rel=2e-3) == float(told)


def test_batch_norm_in_training_mode__is_named() -> None:
    seen = served(trained())
    alone = [served_alone(changed(in_training), one) for one in seen.given]
    found = named_network("batch-norm-training", type(seen)(given=seen.given, made=alone))
    assert ["batch norm in training mode, on the statistics of each image"] == [
        variant.said for variant in found
    ]


def served_alone(network: nn.Module, tensor: Tensor) -> Tensor:
    with torch.inference_mode():
        made: Tensor = network(torch.tensor(tensor[None]).float())[0].numpy()
    return made


class Half(nn.Module):
    """As torch computes it in a type, at that."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.inner, self.dtype = trained().to(dtype), dtype

    def forward(self, tensor: Tensor) -> Tensor:
        made: Tensor = self.inner(tensor.to(self.dtype))
        return made


@pytest.mark.parametrize(
    ("fault", "dtype"),
    [("computed-in-float16", torch.float16), ("computed-in-bfloat16", torch.bfloat16)],
)
def test_fewer_bits__named(fault: str, dtype: torch.dtype) -> None:
    assert 1 == len(named_network(fault, served(Half(dtype))))


def test_fewer_bits__the_finer_is_not_taken_for_the_coarser() -> None:
    assert [] == named_network("computed-in-bfloat16", served(Half(torch.float16)))
    assert [] == named_network("computed-in-float16", served(Half(torch.bfloat16)))


@pytest.mark.parametrize("absent", ["instance-norm-left-out", "layer-norm-epsilon"])
def test_networks__only_those_that_this_network_can_be(absent: str) -> None:
    assert [] == list(fault_of(absent).variants(varied_reference()))


def test_networks__none_that_changes_nothing() -> None:
    """3×3 pooling of 8×8 rounds up; one of 9×9 would not notice."""
    variants = fault_of("pooling-edges").variants(varied_reference())
    assert [] == [one.said for one in variants]  # rounded down, the linear layer gets too little


def test_numbered__at_gives_nothing_without_such_layers() -> None:
    reference = varied_reference()
    assert fault_of("batch-norm-epsilon").at([0.01], reference) is not None
    assert fault_of("batch-norm-epsilon").at([1e-5], reference) is None
    assert fault_of("layer-norm-epsilon").at([0.01], reference) is None
